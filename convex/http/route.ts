/**
 * What a route of the API is. It is added by one entry in `routes.ts`: its path as OpenAPI writes it, what may stand in path
 * and query, the shape of its answer, for how long that may be kept, and the one query that it asks.
 */
import type { UserIdentity } from "convex/server";
import { z } from "zod";
import type { ActionCtx } from "../_generated/server";
import { refuseWith } from "../functions";

type Given<Path extends z.ZodRawShape, Query extends z.ZodRawShape> = z.output<z.ZodObject<Path>> &
  z.output<z.ZodObject<Query>>;

/** A route as the frame (`api.ts`) and the document (`openapi.ts`) know it, whatever it answers. */
export interface Route {
  path: string;
  summary: string;
  inPath: z.ZodObject;
  inQuery: z.ZodObject;
  /** By media type; what is no JSON has no shape. */
  answers: Record<string, z.ZodType>;
  /** Those that carry an answer of this shape. */
  statuses: number[];
  /** Whether it needs a session's token. */
  isOwn: boolean;
  serve(ctx: ActionCtx, given: Record<string, unknown>): Promise<Response>;
}

interface Described<Path extends z.ZodRawShape, Query extends z.ZodRawShape> {
  path: `/${string}`;
  summary: string;
  inPath?: Path;
  inQuery?: Query;
}

function described<Path extends z.ZodRawShape, Query extends z.ZodRawShape>(route: Described<Path, Query>) {
  const { path, summary } = route;
  const inPath = z.strictObject(route.inPath ?? {});
  return { path, summary, inPath, inQuery: z.strictObject(route.inQuery ?? {}) };
}

/** What everybody may see: JSON that caches may keep for so many seconds. */
export function publicRoute<
  Answer extends z.ZodType,
  Path extends z.ZodRawShape = Record<never, never>,
  Query extends z.ZodRawShape = Record<never, never>,
>(
  route: Described<Path, Query> & {
    answer: Answer;
    maxAgeSeconds: number | ((answer: z.output<Answer>) => number);
    /** Of which status an answer is, where that is not always 200. */
    statusOf?: { statuses: number[]; of(answer: z.output<Answer>): number };
    ask(ctx: ActionCtx, given: Given<Path, Query>): Promise<z.input<Answer>>;
  },
): Route {
  const { answer, maxAgeSeconds, statusOf = { statuses: [200], of: () => 200 }, ask } = route;
  return {
    ...described(route),
    answers: { "application/json": answer },
    statuses: statusOf.statuses,
    isOwn: false,
    async serve(ctx, given) {
      const shown = answer.parse(await ask(ctx, given as Given<Path, Query>));
      const maxAge = typeof maxAgeSeconds === "number" ? maxAgeSeconds : maxAgeSeconds(shown);
      const headers = { "cache-control": maxAge === 0 ? "no-cache" : `public, max-age=${maxAge}` };
      return Response.json(shown, { status: statusOf.of(shown), headers });
    },
  };
}

/** A document of a route that needs a session. */
export interface OwnDocument {
  contentType: string;
  body: string;
  /** What a browser that saves it calls it. */
  fileName: string;
}

/**
 * What only its owner may see, whom the bearer token of the session names: a document that nobody keeps. `answers` says of
 * each media type what it holds.
 */
export function ownRoute<
  Path extends z.ZodRawShape = Record<never, never>,
  Query extends z.ZodRawShape = Record<never, never>,
>(
  route: Described<Path, Query> & {
    answers: Record<string, z.ZodType>;
    ask(ctx: ActionCtx, given: Given<Path, Query>, owner: string): Promise<OwnDocument>;
  },
): Route {
  const { answers, ask } = route;
  return {
    ...described(route),
    answers,
    statuses: [200],
    isOwn: true,
    async serve(ctx, given) {
      const { subject } = await requireSession(ctx);
      const { contentType, body, fileName } = await ask(ctx, given as Given<Path, Query>, subject);
      const headers = {
        "content-type": contentType,
        "content-disposition": `attachment; filename="${fileName}"`,
        "cache-control": "private, no-store",
        vary: "Authorization",
      };
      return new Response(body, { headers });
    },
  };
}

/** Refuses NOT_SIGNED_IN, also for a token that is none, or has expired. */
async function requireSession(ctx: ActionCtx): Promise<UserIdentity> {
  const identity = await ctx.auth.getUserIdentity().catch(() => null);
  const message =
    "Send the token of a session as Authorization: Bearer <token>. session:signIn gives one for 12 hours.";
  return identity ?? refuseWith({ code: "NOT_SIGNED_IN", message });
}
