/**
 * What the page may do to the market and the clock of the local stack: a few routes of the web server, for pages of its own
 * origin only, that pass on to the market and the node. So neither of these has to let any origin in.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { CONTROLS_PATH } from "../domain/localControls";
import type { WebConfig } from "../web/config";

/** By the name that a page asks under: where it goes. The node's other routes spoil the chain, which is for tests. */
const PAGE_CONTROLS = {
  market: ["standing", "price", "play", "advance"],
  chain: ["mine", "advance"],
} as const;
type Part = keyof typeof PAGE_CONTROLS;

export type ControlUrls = Record<Part, string | null>;

const BODY_LIMIT = 10_000;

function targetOf(urls: ControlUrls, path: string): string | null {
  const [, part = "", name = ""] = path.split("/");
  if (part !== "market" && part !== "chain") return null;
  const isKnown = (PAGE_CONTROLS[part] as readonly string[]).includes(name);
  return isKnown && urls[part] !== null ? `${urls[part]}/control/${name}` : null;
}

async function bodyOf(request: IncomingMessage): Promise<string | null> {
  let body = "";
  for await (const chunk of request) {
    body += chunk;
    if (body.length > BODY_LIMIT) return null;
  }
  return body;
}

/** A page of another origin can send neither this origin nor, without being asked about first, JSON. */
function isOwnPage({ headers }: IncomingMessage): boolean {
  const isJson = headers["content-type"]?.startsWith("application/json") ?? false;
  return isJson && headers.origin === `http://${headers.host}`;
}

/** Of the page with this configuration. */
export const controlsOfPage = ({ local, stacksApiUrl }: WebConfig) =>
  controlsOf({ market: local?.marketUrl ?? null, chain: local?.hasClock ? stacksApiUrl : null });

export function controlsOf(urls: ControlUrls) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = (status: number, text: string): void => {
      response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
      response.end(text);
    };
    const target = targetOf(urls, (request.url ?? "").slice(CONTROLS_PATH.length).split("?")[0] ?? "");
    if (request.method !== "POST" || !isOwnPage(request)) return answer(403, '{"error":"For the page itself only."}');
    if (target === null) return answer(404, '{"error":"There is no such control."}');
    const body = await bodyOf(request);
    if (body === null) return answer(413, '{"error":"Too long."}');
    try {
      const headers = { "content-type": "application/json" };
      const passedOn = await fetch(target, { method: "POST", headers, body });
      answer(passedOn.status, await passedOn.text());
    } catch {
      answer(502, '{"error":"It does not answer."}');
    }
  };
}
