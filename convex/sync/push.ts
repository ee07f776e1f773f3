/**
 * What comes in by a push, such as Hiro's Chainhooks: nothing but the wish that sync look now. Whoever knows the secret can
 * cause a look, and no more; the body is neither parsed nor believed, so that a forged one has nothing to forge.
 */
import { internal } from "../_generated/api";
import type { ActionCtx } from "../_generated/server";
import { withinLimit } from "../rateLimits/model";
import { pushSecret } from "../settings";

/** Far above what a block with many transactions makes of it. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Compares in a time that tells nothing: the platform verifies a code of the secret under a key of this moment. */
async function isSecret(presented: string, secret: string): Promise<boolean> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign", "verify"]);
  const code = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(secret));
  return crypto.subtle.verify("HMAC", key, code, new TextEncoder().encode(presented));
}

/** As its sender says, else as it is. */
async function bodyBytes(request: Request): Promise<number> {
  const declared = request.headers.get("content-length");
  return declared === null ? (await request.arrayBuffer()).byteLength : Number(declared);
}

function refused(status: number, message: string, headers: Record<string, string> = {}): Response {
  return new Response(message, { status, headers });
}

/** 204: sync looks at once, or once more if it is looking. 401, 404, 413, 429: nothing happens. */
export async function receivePush(ctx: ActionCtx, request: Request): Promise<Response> {
  const secret = pushSecret();
  if (secret === "") {
    console.warn("A push came, but PUSH_SECRET is not set (see .env.example): sync goes on by its polls alone.");
    return refused(404, "Pushes are not set up here.");
  }
  const [, presented = ""] = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "") ?? [];
  if (!(await isSecret(presented, secret))) return refused(401, "The bearer token is not this deployment's.");
  if (!((await bodyBytes(request)) <= MAX_BODY_BYTES)) return refused(413, `At most ${MAX_BODY_BYTES} bytes.`);
  const { ok, retryAfterMs } = await withinLimit(ctx, "push", "all");
  if (!ok) return refused(429, "Too many pushes.", { "retry-after": String(Math.ceil(retryAfterMs / 1_000)) });
  await ctx.runMutation(internal.sync.loop.nudge, {});
  return new Response(null, { status: 204 });
}
