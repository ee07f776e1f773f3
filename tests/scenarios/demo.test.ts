/** The market week from its first line to its last: what must happen in it, and the proof that it ends in. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { VAULT_ERRORS } from "../../src/domain/vaultErrors";
import { PROJECT_ROOT } from "../../src/local/stack";

test("the week is told to its end, everybody's gain has its reasons, and the proof holds", {
  timeout: 900_000,
}, async () => {
  const command = ["--import", "tsx", "src/local/demo.ts"];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: PROJECT_ROOT }).catch((error) => {
    throw new Error(`${error.message}\n${error.stdout}\n${error.stderr}`);
  });
  const inOrder = [
    "Six providers pool their capital",
    "Three buyers protect what they have",
    "Ada collects",
    "Cleo gets a warning",
    "Dan and Eve get margin calls",
    "Free capital tops up what is locked",
    "Refused: WITHDRAWAL_ABOVE_MAXIMUM",
    "Refused: MARKET_MOVING",
    "Hana exercises at $4970.79",
    "Dan is well again",
    "Finn takes over what Eve stood behind",
    "Eve takes",
    "ends out of the money: nothing is paid",
    "Gus's policy ends at $5200.37, in the money",
    "Ivan's policy ends at $5392.31, in the money",
    `The contract refuses: (err u${VAULT_ERRORS.errInvalidSignature})`,
    "What the week has brought, and why",
    "PROOF OK",
  ];
  const told = inOrder.filter((line) => stdout.includes(line));
  expect(told).toEqual(inOrder);
  const places = inOrder.map((line) => stdout.indexOf(line));
  expect(places).toEqual([...places].sort((one, other) => one - other));
  for (const reason of ["premiums earned", "payouts borne", "mark received", "mark paid", "penalty", "penalties"]) {
    expect(stdout).toContain(reason);
  }
  expect(stdout).not.toContain("PROOF FAILED");
  expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/^PROOF OK stx=\d+ sbtc=\d+$/);
});
