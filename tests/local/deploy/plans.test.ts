/** Clarinet's deployment plans name what Clarinet.toml names, so that they can't drift apart. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { PROJECT_ROOT } from "../../../src/local/stack";
import { contracts } from "../../../src/stacks/bindings";

const read = (file: string) => readFileSync(path.join(PROJECT_ROOT, file), "utf8");

interface Published {
  name: string;
  path: string;
  clarityVersion: string;
  epoch: string;
}

const quoted = (text: string, key: string) =>
  new RegExp(`^\\s*${key}\\s*[:=]\\s*["']?([^"'\\n]+)`, "m").exec(text)?.[1] ?? "";

/** The contracts of the manifest, by name. */
function manifest(): Map<string, Published> {
  const tables = read("Clarinet.toml").matchAll(/^\[contracts\.([\w-]+)\]\n([^[]*)/gm);
  const entries = [...tables].map(([, name = "", table = ""]): Published => {
    const [file, clarityVersion, epoch] = ["path", "clarity_version", "epoch"].map((key) => quoted(table, key));
    return { name, path: file as string, clarityVersion: clarityVersion as string, epoch: epoch as string };
  });
  return new Map(entries.map((entry) => [entry.name, entry]));
}

/** Each plan has one batch, and so one epoch. */
function published(plan: string): (Published & { cost: number; sender: string })[] {
  expect(plan.match(/^ {2}- id: /gm)).toHaveLength(1);
  const [, ...transactions] = plan.split(/^ {4}- transaction-type: /m);
  return transactions.map((transaction) => {
    expect(transaction).toMatch(/^contract-publish\n/);
    return {
      name: quoted(transaction, "contract-name"),
      path: quoted(transaction, "path"),
      clarityVersion: quoted(transaction, "clarity-version"),
      epoch: quoted(plan, "epoch"),
      cost: Number(quoted(transaction, "cost")),
      sender: quoted(transaction, "expected-sender"),
    };
  });
}

const { liquidityVault, sbtcToken } = contracts;

test.each([
  ["devnet", [liquidityVault.contractName, sbtcToken.contractName]],
  ["testnet", [liquidityVault.contractName]],
] as const)("the plan for %s", (network, names) => {
  const plan = read(`deployments/default.${network}-plan.yaml`);
  expect(quoted(plan, "network")).toBe(network);
  const entries = published(plan);
  expect(entries.map(({ name }) => name)).toEqual(names);
  for (const { cost, sender, ...entry } of entries) {
    expect(entry).toEqual(manifest().get(entry.name));
    // A node relays nothing below one micro-STX a byte.
    expect(cost).toBeGreaterThan(read(entry.path).length + 300);
    expect(sender).toMatch(/^ST[0-9A-Z]+$/);
  }
});

test("the manifest and the bindings agree on every contract", () => {
  const described = Object.values(contracts).map(({ contractName, clarity_version, epoch }) => [
    contractName,
    clarity_version,
    epoch,
  ]);
  const named = [...manifest().values()].map(({ name, clarityVersion, epoch }) => [
    name,
    `Clarity${clarityVersion}`,
    `Epoch${epoch.replace(".", "")}`,
  ]);
  expect(described.toSorted()).toEqual(named.toSorted());
});
