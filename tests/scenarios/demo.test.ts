import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { VAULT_ERRORS } from "../../src/domain/vaultErrors";
import { PROJECT_ROOT } from "../../src/local/stack";

test("the demo tells its story and ends in the proof", { timeout: 120_000 }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", "src/local/demo.ts"], {
    cwd: PROJECT_ROOT,
  });
  expect(stdout).toContain(`The contract refused: (err u${VAULT_ERRORS.errInvalidSignature})`);
  expect(stdout).toContain("The backend refused: WITHDRAWAL_ABOVE_MAXIMUM");
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("PROOF OK stx=24000000000 sbtc=140000000");
});
