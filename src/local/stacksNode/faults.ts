/**
 * Answers that go wrong on purpose, for tests of those who ask: late, refused, cut off, out of date, or given to a
 * request that is carried out twice. Which requests are hit is counted, or drawn from a seed, so that a test's second
 * run meets the same faults in the same places.
 */
import { createHash } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context, Hono, Next } from "hono";
import { z } from "zod";
import { jsonBody } from "./http";

const kinds = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("delay"), ms: z.number().int().min(1).max(600_000) }),
  /** The request is not carried out. */
  z.strictObject({ kind: z.literal("status"), status: z.number().int().min(400).max(599) }),
  /** The request is carried out, but its answer breaks off in the middle. */
  z.strictObject({ kind: z.literal("cut") }),
  /** The request is carried out twice; the second answer is given. */
  z.strictObject({ kind: z.literal("twice") }),
  /** A request that was answered since the fault was set gets that first answer again; not counted before. */
  z.strictObject({ kind: z.literal("stale") }),
]);

function isPattern(text: string): boolean {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}

const fault = z.strictObject({
  /** A regular expression for method, path and query, such as `^GET /v2/accounts/`. */
  requests: z.string().refine(isPattern, "must be a regular expression"),
  fault: kinds,
  /** How many requests are hit. */
  next: z.number().int().min(1).max(1_000_000).default(1),
  /** Of the requests that match, the share that is hit, as `seed` draws them. */
  chance: z.number().gt(0).max(1).default(1),
  seed: z.number().int().default(0),
});
/** In place of those that were set before; an empty list clears them. */
const faultsBody = z.strictObject({ faults: z.array(fault).max(100) });

type Fault = z.infer<typeof fault>;

interface Armed extends Omit<Fault, "requests"> {
  pattern: RegExp;
  draw: () => number;
  /** For `stale`: by request, what it was answered. */
  answers: Map<string, Response>;
}

/** Numbers in [0, 1) that follow from a seed alone. */
function drawsOf(seed: number): () => number {
  let drawn = 0;
  return () => {
    drawn += 1;
    return createHash("sha256").update(`${seed} ${drawn}`).digest().readUInt32BE() / 2 ** 32;
  };
}

function armed({ requests, ...rest }: Fault): Armed {
  return { ...rest, pattern: new RegExp(requests), draw: drawsOf(rest.seed), answers: new Map() };
}

/** Half of an answer that says it is whole, and then the end of the connection. */
async function cut({ env, res }: Context<{ Bindings: HttpBindings }>): Promise<Response> {
  const bytes = Buffer.from(await res.arrayBuffer());
  const headers = { ...Object.fromEntries(res.headers), "content-length": bytes.length };
  env.outgoing.writeHead(res.status, headers);
  env.outgoing.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => env.outgoing.destroy());
  return RESPONSE_ALREADY_SENT;
}

/** What is asked, for the pattern; and with its body, to know the same question again. */
interface Asked {
  request: string;
  question: string;
  body: ArrayBuffer;
}

async function askedOf({ req }: Context): Promise<Asked> {
  const { pathname, search } = new URL(req.url);
  const request = `${req.method} ${pathname}${search}`;
  const body = await req.arrayBuffer();
  return { request, question: `${request} ${Buffer.from(body).toString("latin1")}`, body };
}

/** Whether it is this request's turn. */
function hits(one: Armed, { request, question }: Asked): boolean {
  if (one.next === 0 || !one.pattern.test(request)) return false;
  if (one.fault.kind === "stale" && !one.answers.has(question)) return false;
  if (one.draw() >= one.chance) return false;
  one.next -= 1;
  return true;
}

/** Of requests that a fault has sent a second time. */
const AGAIN = "x-carried-out-again";

/** @param app of which all routes are hit but those of /control; to be called before they are added */
export function faultRoutes(app: Hono): void {
  let list: Armed[] = [];

  /** Carries the request out as the fault has it; undefined where the answer is that of the route. */
  async function strike({ fault, answers }: Armed, asked: Asked, context: Context, next: Next) {
    switch (fault.kind) {
      case "delay":
        await new Promise((resolve) => setTimeout(resolve, fault.ms));
        await next();
        return undefined;
      case "status":
        return Response.json({ error: "This answer fails on purpose." }, { status: fault.status });
      case "stale":
        return answers.get(asked.question)?.clone();
      case "twice": {
        const { url, method, raw } = context.req;
        await next();
        const headers = new Headers(raw.headers);
        headers.set(AGAIN, "1");
        context.res = await app.request(url, { method, headers, ...(method === "POST" && { body: asked.body }) });
        return undefined;
      }
      case "cut":
        await next();
        context.res = await cut(context);
        return undefined;
    }
  }

  app.use(async (context: Context, next: Next) => {
    if (list.length === 0 || context.req.path.startsWith("/control/") || context.req.header(AGAIN)) return next();
    const asked = await askedOf(context);
    const hit = list.find((one) => hits(one, asked));
    if (hit) return strike(hit, asked, context, next);
    await next();
    for (const { fault, pattern, answers } of list) {
      const isFirst = fault.kind === "stale" && pattern.test(asked.request) && !answers.has(asked.question);
      if (isFirst) answers.set(asked.question, context.res.clone());
    }
    return undefined;
  });

  app.post("/control/faults", async ({ req, json }) => {
    list = (await jsonBody(req, faultsBody)).faults.map(armed);
    return json({ faults: list.length });
  });
}
