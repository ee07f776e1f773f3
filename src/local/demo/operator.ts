/** What an operator asks the backend for: internal functions, called as its admin. */
import { type FunctionReference, type FunctionReturnType, getFunctionName } from "convex/server";
import { convexToJson, jsonToConvex, type Value } from "convex/values";
import type { LocalStack } from "../stack";

export class Operator {
  constructor(private readonly stack: LocalStack) {}

  query<F extends FunctionReference<"query", "internal">>(
    reference: F,
    args: Record<string, Value>,
  ): Promise<FunctionReturnType<F>> {
    return this.call("query", reference, args);
  }

  mutation<F extends FunctionReference<"mutation", "internal">>(
    reference: F,
    args: Record<string, Value>,
  ): Promise<FunctionReturnType<F>> {
    return this.call("mutation", reference, args);
  }

  private async call<F extends FunctionReference<"query" | "mutation", "internal">>(
    kind: "query" | "mutation",
    reference: F,
    args: Record<string, Value>,
  ): Promise<FunctionReturnType<F>> {
    const { urls, adminKey } = this.stack;
    const body = { path: getFunctionName(reference), args: [convexToJson(args)], format: "convex_encoded_json" };
    const headers = { authorization: `Convex ${adminKey}`, "content-type": "application/json" };
    const response = await fetch(`${urls.convex}/api/${kind}`, { method: "POST", headers, body: JSON.stringify(body) });
    const reply = await response.json();
    if (reply.status !== "success") throw new Error(`${body.path} was refused: ${JSON.stringify(reply)}`);
    return jsonToConvex(reply.value) as FunctionReturnType<F>;
  }
}
