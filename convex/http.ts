/** The HTTP routes, at the deployment's site address. */
import { httpRouter, ROUTABLE_HTTP_METHODS } from "convex/server";
import { httpAction } from "./_generated/server";
import { answer } from "./http/api";
import { receivePush } from "./sync/push";

const http = httpRouter();

/**
 * Wakes sync, whatever is posted: for Hiro's Chainhooks or the local node's web hook, with `Authorization: Bearer
 * PUSH_SECRET`. Answers 204; 401 without the secret, 404 where none is set, 413 above 4 MiB, 429 in a flood.
 */
http.route({ path: "/push/chainhook", method: "POST", handler: httpAction(receivePush) });

/** The read API: its routes are in `http/routes.ts`. It takes every method, so as to say which it serves. */
const api = httpAction(answer);
for (const method of ROUTABLE_HTTP_METHODS) {
  for (const path of ["/v1", "/stats", "/health"]) http.route({ path, method, handler: api });
  http.route({ pathPrefix: "/v1/", method, handler: api });
}

export default http;
