/** One episode: a backend, the chain and the model beside it, and the story so far for whoever has to read a failure. */
import type { FunctionArgs, FunctionReference } from "convex/server";
import { ConvexError } from "convex/values";
import type { internal } from "../../convex/_generated/api";
import type { BlockMark, Observation, ObservedEvent } from "../../src/stacks/observe";
import { as, type Backend } from "../convex/backend";
import { testEnvironment } from "../convex/environment";
import type { Chain } from "./chain";
import { json } from "./json";
import { Model } from "./model";
import type { Granted } from "./requests";

export type Outcome<Value> = { ok: true; value: Value } | { ok: false; data: Record<string, unknown> };

/** What sync saw, and which events of the chain it knows by that. */
export interface Look {
  observation: Observation;
  known: ObservedEvent[];
}

/** What made a difference: all that a clean replay needs. */
export type Step =
  | { kind: "look"; tip: BlockMark; final: BlockMark; complete: boolean; upTo: number }
  | { kind: "granted"; what: string; request: object; granted: Granted }
  | { kind: "terms"; args: FunctionArgs<typeof internal.tiers.terms.set> };

export class Stage {
  model = new Model(testEnvironment.VAULT_CONTRACT);
  readonly story: string[] = [];
  readonly steps: Step[] = [];
  /** What was asked, with "ok" or the refusal's code. */
  readonly met = new Set<string>();
  /** The last look that was applied, to be applied again. */
  last: Look | null = null;

  constructor(
    readonly backend: Backend,
    readonly chain: Chain,
  ) {}

  tell(line: string, facts: unknown) {
    this.story.push(`${line} ${json(facts)}`);
  }

  /** Asks a public function in somebody's name; null: in nobody's. A refusal is an outcome, anything else a failure. */
  async ask<Args extends Record<string, unknown>, Value>(
    who: string | null,
    kind: "query" | "action",
    called: FunctionReference<"query" | "action", "public", Args, Value>,
    args: Args,
  ): Promise<Outcome<Value>> {
    const caller = who === null ? this.backend : as(this.backend, who);
    try {
      const value = await (caller[kind] as (called: unknown, args: unknown) => Promise<Value>)(called, args);
      return { ok: true, value };
    } catch (error) {
      if (!(error instanceof ConvexError)) throw error;
      return { ok: false, data: error.data };
    }
  }
}
