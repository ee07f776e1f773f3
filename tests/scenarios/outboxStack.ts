/** The real local stack with the node's control routes, as an outbox test asks and drives it. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type FunctionReference, type FunctionReturnType, getFunctionName } from "convex/server";
import { convexToJson, jsonToConvex, type Value } from "convex/values";
import { internal } from "../../convex/_generated/api";
import type { ServiceCall } from "../../src/domain/outbox";
import { ChainClient } from "../../src/local/chainClient";
import type { LocalStack, StackOptions } from "../../src/local/stack";
import { serviceAddress } from "../../src/stacks/serviceCalls";
import { decodeVaultEvent, type VaultEvent } from "../../src/stacks/vaultEvents";
import { PATIENCE_MS } from "../engines/patience";
import { startPreparedStack } from "../engines/preparedStack";

export const BY = { actor: "a test", reason: "a test" };
const PAGE = 50;

/** Functions of a host, called as its admin. */
export class AdminClient {
  constructor(
    private readonly url: string,
    private readonly adminKey: string,
  ) {}

  async call<F extends FunctionReference<"query" | "mutation", "internal">>(
    kind: "query" | "mutation",
    reference: F,
    args: Record<string, Value>,
  ): Promise<FunctionReturnType<F>> {
    const body = { path: getFunctionName(reference), args: [convexToJson(args)], format: "convex_encoded_json" };
    const headers = { authorization: `Convex ${this.adminKey}`, "content-type": "application/json" };
    const response = await fetch(`${this.url}/api/${kind}`, { method: "POST", headers, body: JSON.stringify(body) });
    const reply = await response.json();
    if (reply.status !== "success") throw new Error(JSON.stringify(reply));
    return jsonToConvex(reply.value) as FunctionReturnType<F>;
  }

  ask(key: string, call: ServiceCall): Promise<null> {
    return this.call("mutation", internal.outbox.control.request, { key, call, ...BY });
  }

  revoke(id: bigint): Promise<null> {
    return this.ask(`revoke:${id}`, { kind: "revoke", authorizationId: id });
  }

  list() {
    return this.call("query", internal.outbox.control.list, {});
  }

  /** Waits until nothing waits or is watched. */
  async atRest(meanwhile: () => Promise<unknown> = async () => {}): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      await meanwhile();
      const { waiting, transactions } = await this.list();
      if (waiting.length === 0 && transactions.length === 0) return;
      if (Date.now() > deadline) {
        const state = JSON.stringify(await this.list(), (_, value) =>
          typeof value === "bigint" ? `${value}n` : value,
        );
        throw new Error(`The outbox does not come to rest: ${state}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

/** What the chain says, asked without the backend. */
export class ChainReader {
  constructor(private readonly api: string) {}

  async get(route: string) {
    return (await fetch(this.api + route)).json();
  }

  async control(route: string, body: unknown) {
    const response = await fetch(`${this.api}/control/${route}`, { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${route} was refused: ${await response.text()}`);
    return response.json();
  }

  /** Every event of the vault, oldest first. */
  async events(vaultContract: string, sbtcContract: string): Promise<VaultEvent[]> {
    const found: VaultEvent[] = [];
    for (let offset = 0; ; offset += PAGE) {
      const { results } = await this.get(
        `/extended/v1/contract/${vaultContract}/events?limit=${PAGE}&offset=${offset}`,
      );
      for (const { contract_log } of results) found.push(decodeVaultEvent(contract_log.value.hex, sbtcContract));
      if (results.length < PAGE) return found.reverse();
    }
  }

  /** Every mined transaction that an account sent. */
  async sentBy(address: string): Promise<{ tx_id: string; nonce: number; tx_status: string; fee_rate: string }[]> {
    const found = [];
    for (let offset = 0; ; offset += PAGE) {
      const { results } = await this.get(`/extended/v1/tx?from_address=${address}&limit=${PAGE}&offset=${offset}`);
      found.push(...results);
      if (results.length < PAGE) return found;
    }
  }

  /** Ids and nonces that wait for a block. */
  async waiting(address: string): Promise<{ tx_id: string; nonce: number; fee_rate: string }[]> {
    return (await this.get(`/extended/v1/tx/mempool?sender_address=${address}&limit=50`)).results;
  }
}

export interface OutboxStack {
  stack: LocalStack;
  admin: AdminClient;
  chain: ChainReader;
  client: ChainClient;
  service: { address: string; privateKey: string };
  authoriserPrivateKey: string;
  close(): Promise<void>;
}

export async function startOutboxStack(options: Partial<StackOptions> = {}): Promise<OutboxStack> {
  const stateDir = await mkdtemp(path.join(tmpdir(), "bithedge-outbox-"));
  const ports = { stacks: 0, convex: 0, convexSite: 0 };
  const stack = await startPreparedStack({
    stateDir,
    ports,
    blockIntervalMs: 300,
    node: { control: true },
    ...options,
  });
  const secrets = JSON.parse(await readFile(path.join(stateDir, "secrets.json"), "utf8"));
  const privateKey = secrets.servicePrivateKey as string;
  return {
    stack,
    admin: new AdminClient(stack.urls.convex, stack.adminKey),
    chain: new ChainReader(stack.urls.stacksApi),
    client: new ChainClient(stack.urls.stacksApi),
    service: { address: serviceAddress(stack.deployment, privateKey), privateKey },
    authoriserPrivateKey: secrets.authoriserPrivateKey,
    close: async () => {
      await stack.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

/** How often the chain revoked each id. */
export async function revocations({ chain, stack }: OutboxStack): Promise<Map<bigint, number>> {
  const { vaultContract, sbtcContract } = stack.deployment;
  const times = new Map<bigint, number>();
  for (const event of await chain.events(vaultContract, sbtcContract)) {
    if (event.kind !== "revocation") continue;
    times.set(event.authorizationId, (times.get(event.authorizationId) ?? 0) + 1);
  }
  return times;
}
