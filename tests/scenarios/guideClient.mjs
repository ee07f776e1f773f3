/** Stands for a process of the CLI in a guide's shell: gives its arguments to the test, prints what comes back, ends alike. */
import { connect } from "node:net";
import { createInterface } from "node:readline";

const socket = connect(process.env.GUIDE_SOCKET);
socket.write(`${JSON.stringify({ argv: process.argv.slice(2), env: process.env })}\n`);
socket.on("error", (error) => {
  console.error(`The guide's test does not answer: ${error.message}`);
  process.exitCode = 1;
});
for await (const line of createInterface({ input: socket })) {
  const { stream, text, exit } = JSON.parse(line);
  if (stream) process[stream].write(text);
  else process.exitCode = exit;
}
