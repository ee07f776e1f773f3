/** The HTTP routes, at the deployment's site address. */
import { httpRouter } from "convex/server";
import { httpAction } from "./_generated/server";
import { receivePush } from "./sync/push";

const http = httpRouter();

/**
 * Wakes sync, whatever is posted: for Hiro's Chainhooks or the local node's web hook, with `Authorization: Bearer
 * PUSH_SECRET`. Answers 204; 401 without the secret, 404 where none is set, 413 above 4 MiB, 429 in a flood.
 */
http.route({ path: "/push/chainhook", method: "POST", handler: httpAction(receivePush) });

export default http;
