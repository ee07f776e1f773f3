/** `npm run deploy`: puts the vault on a Stacks network and launches it. */
import { deploy } from "./deploy/command";

deploy(process.argv.slice(2), process.env, (line) => console.log(line)).catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
