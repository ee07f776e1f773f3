/** `npm run backup`: the whole state of the local stack in one file, or its documents as Convex itself imports them. */
import path from "node:path";
import { parseArgs } from "node:util";
import { exportDocuments } from "./backup/documents";
import { megabytesTold } from "./backup/progress";
import { backUp } from "./backup/snapshot";
import { runCommand } from "./command";
import { STATE_HELP, stateDirFromEnvironment } from "./stateFolder";

const HELP = `npm run backup -- FILE        saves the local stack's chain, database and keys in a new file
npm run backup -- --jsonl DIR  writes the database's documents into a new folder, for Convex's own import

The stack may run or not. What is saved is one moment: the database and the chain as they were at it. The file holds the
keys of this deployment, without which the vault would pay no withdrawal: whoever can read it can sign. Only its owner
can (mode 600): keep it so. npm run restore -- FILE brings it back.

With --jsonl, DIR is laid out as a snapshot of Convex. In DIR, zip -r ../snapshot.zip . makes it the file for
npx convex import --replace-all snapshot.zip. It holds no keys, no chain, no scheduled functions.

Environment:
${STATE_HELP}

Exit codes: 0 saved; 1 refused or failed, and nothing is left behind.`;

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { jsonl: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  const targets = [...positionals, ...(values.jsonl === undefined ? [] : [values.jsonl])];
  if (values.help) return { help: true as const };
  if (targets.length !== 1) throw new Error(`Name one target.\n\n${HELP}`);
  return { help: false as const, target: path.resolve(targets[0] as string), isSnapshot: values.jsonl !== undefined };
}

runCommand(async () => {
  const request = readArguments();
  if (request.help) return console.log(HELP);
  const stateDir = stateDirFromEnvironment();
  if (request.isSnapshot) {
    const tables = exportDocuments(stateDir, request.target);
    for (const { name, documents } of tables) console.log(`${String(documents).padStart(9)}  ${name}`);
    return console.log(`Written to ${request.target}`);
  }
  console.log(`Backing up ${stateDir} …`);
  const now = new Date();
  const digest = await backUp(stateDir, request.target, { now, onProgress: megabytesTold(console.log) });
  console.log(`Saved in ${request.target}\nIt holds the deployment's keys: keep it where nobody else reads it.`);
  console.log(`digest ${digest}`);
});
