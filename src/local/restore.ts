/** `npm run restore`: puts a backup in the place of the local stack's state. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { megabytesTold } from "./backup/progress";
import { type Extent, restore, unpack } from "./backup/restore";
import { runCommand } from "./command";
import { STATE_HELP, stateDirFromEnvironment } from "./stateFolder";

const HELP = `npm run restore -- FILE          puts a backup of npm run backup in the place of the local stack's state
npm run restore -- --books FILE  the books alone: chain and keys stay as they are, as on a network whose chain is nobody's
npm run restore -- --check FILE  reads and checks the file, and changes nothing

The stack must not run. A state that is there is moved aside, and its new name is printed. A file that is damaged, of
another format or no backup at all is refused, and so is one whose state is not what was saved, by its digest.

Environment:
${STATE_HELP}

Exit codes: 0 restored; 1 refused or failed, with the state as it was.`;

const RULE = `
Withdrawals are signed again after an hour of block time. The books do not know what was signed after the backup, and
that stays valid for an hour, on the restored chain too. To wait less, let block time of this chain run ahead:
  npm start
  curl -X POST 127.0.0.1:3999/control/advance -d '{"seconds": 3601}'`;

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { check: { type: "boolean" }, books: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) return { help: true as const };
  if (positionals.length !== 1) throw new Error(`Name one file.\n\n${HELP}`);
  const extent: Extent = values.books ? "books" : "state";
  return { help: false as const, file: path.resolve(positionals[0] as string), isCheck: values.check === true, extent };
}

runCommand(async () => {
  const request = readArguments();
  if (request.help) return console.log(HELP);
  const onProgress = megabytesTold(console.log);
  if (request.isCheck) {
    const scratch = mkdtempSync(path.join(tmpdir(), "bithedge-check-"));
    try {
      const { createdAt, digest } = unpack(request.file, scratch, onProgress);
      return console.log(`Whole, and saved at ${createdAt}.\ndigest ${digest}`);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }
  const stateDir = stateDirFromEnvironment();
  const { manifest, movedTo } = restore(request.file, stateDir, {
    now: new Date(),
    onProgress,
    extent: request.extent,
  });
  if (movedTo !== null) console.log(`The state that was there is now in ${movedTo}`);
  console.log(`Restored ${stateDir} as it was at ${manifest.createdAt}.\ndigest ${manifest.digest}`);
  console.log(RULE);
});
