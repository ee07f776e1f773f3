/**
 * The frame of the read API: what all of its routes have in common. GET, HEAD and OPTIONS only; CORS for everybody; ETag and
 * 304; parameters that are checked before anything is asked; every failure as problem+json; a limit on how often.
 */
import { Hono } from "hono";
import { cors } from "hono/cors";
import { etag, RETAINED_304_HEADERS } from "hono/etag";
import type { z } from "zod";
import { internal } from "../_generated/api";
import type { ActionCtx } from "../_generated/server";
import { refuseWith } from "../functions";
import { drawerOf } from "./limits";
import { problem, problemOf } from "./problems";
import type { Route } from "./route";
import { ROUTES } from "./routes";

const METHODS = ["GET", "HEAD", "OPTIONS"];
const ALLOW = { allow: METHODS.join(", ") };
/** A monitor must learn how things are just when too many ask. */
const UNLIMITED = ["/health"];
const ALWAYS_SENT = ["access-control-allow-origin", "access-control-expose-headers", "x-content-type-options"];

const api = new Hono<{ Bindings: ActionCtx }>();

api.use(async (c, next) => {
  await next();
  c.res.headers.set("x-content-type-options", "nosniff");
  if (c.req.method === "OPTIONS") c.res.headers.set("allow", ALLOW.allow);
});
api.use(
  cors({
    origin: "*",
    allowMethods: METHODS,
    allowHeaders: ["Authorization", "If-None-Match"],
    exposeHeaders: ["ETag", "Retry-After", "Content-Disposition"],
    maxAge: 86_400,
  }),
);
api.use(etag({ retainedHeaders: [...RETAINED_304_HEADERS, ...ALWAYS_SENT] }));
api.use(async (c, next) => {
  const refused = UNLIMITED.includes(c.req.path) ? null : await tooMany(c.env);
  return refused ?? next();
});
for (const route of ROUTES) {
  const path = route.path.replaceAll(/\{(\w+)\}/g, ":$1");
  api.get(path, (c) => {
    // Whatever nobody but its owner may see is not kept anywhere, so it needs no tag either.
    return route.serve(c.env, parametersOf(route, c.req.param(), c.req.queries()));
  });
  api.all(path, (c) => {
    const message = `${c.req.method} is not served here: this API only reads. Use GET.`;
    return problem({ code: "METHOD_NOT_ALLOWED", message }, ALLOW);
  });
}
api.notFound((c) => {
  const message = `There is nothing at ${c.req.path.slice(0, 200)}. GET /v1/openapi.json lists what there is.`;
  return problem({ code: "NO_ROUTE", message });
});
api.onError((error) => problemOf(error));

/** The answer to any request below /v1, /stats and /health. */
export async function answer(ctx: ActionCtx, request: Request): Promise<Response> {
  return api.fetch(request, ctx);
}

async function tooMany(ctx: ActionCtx): Promise<Response | null> {
  const { ip } = await ctx.meta.getRequestMetadata();
  const retryAfterMs = await ctx.runMutation(internal.http.limits.admit, { client: await drawerOf(ip) });
  if (retryAfterMs === null) return null;
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  const message = `Too many requests. Try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`;
  return problem({ code: "RATE_LIMITED", message, retryAfterMs }, { "retry-after": String(seconds) });
}

/** Refuses INVALID_PARAMETER {parameter}; a path that names nothing is NO_ROUTE. */
function parametersOf(route: Route, inPath: Record<string, string>, inQuery: Record<string, string[]>) {
  const path = route.inPath.safeParse(inPath);
  if (!path.success) refuseWith({ code: "NO_ROUTE", message: `There is nothing here: ${told(path.error.issues[0])}.` });
  return { ...path.data, ...queryOf(route, inQuery) };
}

function queryOf({ inQuery }: Route, given: Record<string, string[]>) {
  const known = Object.keys(inQuery.shape);
  const single = Object.entries(given).map(([name, values]) => {
    if (!known.includes(name)) invalid(name, `is not known here: ${known.join(", ") || "there are none"}`);
    if (values.length !== 1) invalid(name, "is given more than once");
    return [name, values[0]];
  });
  const query = inQuery.safeParse(Object.fromEntries(single));
  if (query.success) return query.data;
  const [issue] = query.error.issues;
  return invalid(String(issue?.path[0]), `is wrong: ${issue?.message}`);
}

const told = (issue: z.core.$ZodIssue | undefined) => `${String(issue?.path[0])}: ${issue?.message}`;

function invalid(parameter: string, why: string): never {
  const name = parameter.slice(0, 100);
  return refuseWith({ code: "INVALID_PARAMETER", message: `The parameter "${name}" ${why}.`, parameter: name });
}
