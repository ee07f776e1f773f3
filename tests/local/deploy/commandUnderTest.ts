/** Runs the command against a local node, or against one that answers some routes in another way. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { privateKeyToPublic } from "@stacks/transactions";
import { expect } from "vitest";
import { deploy } from "../../../src/local/deploy/command";
import { PROJECT_ROOT } from "../../../src/local/stack";
import { contracts } from "../../../src/stacks/bindings";

const settings = readFileSync(path.join(PROJECT_ROOT, "settings/Devnet.toml"), "utf8");
/** In the order of the devnet's wallets. */
export const MNEMONICS = [...settings.matchAll(/^mnemonic = "([^"]+)"/gm)].map(([, words]) => words as string);

export const SOURCE = readFileSync(
  path.join(PROJECT_ROOT, `contracts/${contracts.liquidityVault.contractName}.clar`),
  "utf8",
);
export const AUTHORISER = privateKeyToPublic(`${"11".repeat(32)}01`) as string;
export const CAPS = "stx-withdrawals=4_000,stx-settlements=3_000,sbtc-withdrawals=200,sbtc-settlements=0";

/** Command-line options of these values; those that are null are left out. */
export function flags(values: Record<string, string | null>): string[] {
  return Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [`--${name}`, value]));
}

export interface Run {
  output: string;
  /** What it refused with; null if it did not. */
  refusal: string | null;
}

/** Whatever it says, the words of the account and the key are in none of it. */
export async function run(argv: string[], mnemonic: string | undefined, environment = {}): Promise<Run> {
  const lines: string[] = [];
  const refusal = await deploy(argv, { ...environment, DEPLOYER_MNEMONIC: mnemonic }, (line) => lines.push(line)).then(
    () => null,
    (error: Error) => error.message,
  );
  const output = lines.join("\n");
  for (const words of mnemonic?.match(/\w+ \w+ \w+/g) ?? []) expect(output + refusal).not.toContain(words);
  return { output, refusal };
}

export interface Altered {
  url: string;
  close(): void;
}

/** A node that answers as another does, except where a path of `replies` begins the asked one. */
export async function alteredNode(
  url: string,
  replies: Record<string, { status?: number; body: unknown }>,
): Promise<Altered> {
  const server = createServer(async (request, response) => {
    const replied = Object.entries(replies).find(([start]) => request.url?.startsWith(start))?.[1];
    if (replied) return response.writeHead(replied.status ?? 200).end(JSON.stringify(replied.body));
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const init = request.method === "POST" ? { method: "POST", body: Buffer.concat(chunks) } : {};
    const reply = await fetch(url + request.url, init);
    return response.writeHead(reply.status).end(await reply.text());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
}
