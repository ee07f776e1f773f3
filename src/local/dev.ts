/** `npm run dev`: what `npm start` does, and what is saved is pushed; the page reloads by itself. */
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runCommand } from "./command";
import { fingerprintOf, PushOnSave } from "./pushOnSave";
import { ENVIRONMENT_HELP, runStack } from "./run";
import { PROJECT_ROOT } from "./stack";

const HELP = `npm run dev: runs BitHedge Liquidity on this machine, as npm start does, and follows its sources.

A change of convex/, src/domain/, src/prices/ or src/stacks/ is pushed when it is saved, and convex/_generated is written again. A push
that is refused is told, and the code that was pushed before goes on. A change of src/web/ is in the page at once.

${ENVIRONMENT_HELP}`;

const LOOK_EVERY_MS = 300;
/** All that convex/ may import; tests/architecture sees to it. */
const SOURCES = ["convex", "src/domain", "src/prices", "src/stacks"].map((folder) => path.join(PROJECT_ROOT, folder));

const say = (line: string) => console.log(`${new Date().toLocaleTimeString()}  ${line}`);
const notPushed = (error: unknown) =>
  say(`Not pushed; the code that was pushed before goes on.\n${error instanceof Error ? error.message : error}`);

runCommand(() => {
  const fingerprint = () => fingerprintOf(SOURCES);
  const atStart = fingerprint();
  return runStack({
    help: HELP,
    options: { page: "reloaded", onPushFailure: notPushed },
    async beside(stack, ending) {
      const sources = new PushOnSave(atStart, { fingerprint, push: () => stack.push("enable") });
      while (!ending.aborted) {
        await sleep(LOOK_EVERY_MS, undefined, { signal: ending }).catch(() => {});
        if (ending.aborted) return;
        const outcome = await sources.look();
        if (outcome?.ok) say("Pushed.");
        else if (outcome) notPushed(outcome.error);
      }
    },
  });
});
