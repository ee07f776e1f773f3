/** Requests to the routes that the deployment itself lists (`/v1/openapi.json`) and to the push: none of them fails. */
import fc from "fast-check";
import type { Words } from "./arguments";
import type { Counts } from "./calls";
import { HUGE, NAUGHTY } from "./corpus";
import { codeOf, judgeChanges } from "./judgement";
import { callerOf, type Product, STRANGER } from "./product";

const SITE = "http://site.test";
const PUSH = "/push/chainhook";

export interface Asked {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
  isSignedIn: boolean;
}

interface Described {
  paths: Record<string, { get?: { parameters?: { name: string; in: string }[] } }>;
}

/** The product's own list of its routes. */
export async function describedRoutes({ engine }: Product): Promise<Described> {
  const answer = await engine.runHttpAction(new Request(`${SITE}/v1/openapi.json`), callerOf(null));
  return (await answer?.json()) as Described;
}

export function requestsTo({ paths }: Described, words: Words, pushSecret: string): fc.Arbitrary<Asked> {
  const text = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...words.texts.any, "20", "100", "1", "active", "json", "csv") },
    { weight: 3, arbitrary: fc.constantFrom(...NAUGHTY) },
    { weight: 1, arbitrary: fc.constantFrom("x".repeat(3_000), "9".repeat(400)) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 30 }) },
  );
  const values = fc.array(fc.tuple(text, text), { minLength: 8, maxLength: 8 });
  const asked = fc.record({
    route: fc.constantFrom(...Object.entries(paths)),
    values,
    extra: fc.constantFrom("", "", "", "more=1", "__proto__=1", "from=1&from=2", "limit=1&limit=1", "%", "&&=&"),
    method: fc.oneof({ weight: 8, arbitrary: fc.constant("GET") }, { weight: 1, arbitrary: anyMethod }),
    headers: headers(text),
    isSignedIn: fc.boolean(),
  });
  const toRoute = asked.map(({ route: [template, { get = {} }], values: given, extra, ...rest }): Asked => {
    const at = (n: number) => given[n % given.length] as [string, string];
    const path = template.replaceAll(/\{\w+\}/g, () => percent(at(0)[0]));
    const named = (get.parameters ?? []).filter((parameter) => parameter.in === "query");
    const query = named.flatMap(({ name }, n) =>
      at(n + 1)[1].length % 3 === 0 ? [] : [`${name}=${percent(at(n + 1)[0])}`],
    );
    return { ...rest, path: `${path}?${[...query, extra].join("&")}`, body: null };
  });
  const nowhere = fc.tuple(text, anyMethod).map(([name, method]): Asked => {
    return { method, path: `/v1/${percent(name)}`, headers: {}, body: null, isSignedIn: false };
  });
  return fc.oneof(
    { weight: 8, arbitrary: toRoute },
    { weight: 1, arbitrary: nowhere },
    { weight: 1, arbitrary: pushes(text, pushSecret) },
  );
}

/** Methods that a `Request` may have. */
const anyMethod = fc.constantFrom("HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "GET");

const percent = (text: string) => encodeURIComponent(text.replaceAll(/[\ud800-\udfff]/g, "?"));
/** What may stand in a header at all. */
const inHeader = (text: string) => text.replaceAll(/[^\x20-\x7e]/g, "?").trim();

function headers(text: fc.Arbitrary<string>): fc.Arbitrary<Record<string, string>> {
  const names = fc.constantFrom(
    "authorization",
    "if-none-match",
    "origin",
    "accept",
    "range",
    "x-forwarded-for",
    "content-type",
  );
  return fc.dictionary(names, text.map(inHeader), { maxKeys: 3 });
}

/** With the secret, nearly the secret, or none; the body is whatever. */
function pushes(text: fc.Arbitrary<string>, secret: string): fc.Arbitrary<Asked> {
  const bearer = fc.constantFrom(
    `Bearer ${secret}`,
    `Bearer ${secret.slice(1)}`,
    `bearer ${secret}`,
    secret,
    "Bearer ",
    "",
  );
  const length = fc.constantFrom<Record<string, string>>(
    {},
    {},
    { "content-length": "-1" },
    { "content-length": "1e9" },
    { "content-length": "x" },
  );
  const body = fc.oneof(
    text,
    fc.constantFrom(...HUGE).map((value) => JSON.stringify(value)),
    fc.json(),
  );
  return fc.tuple(bearer, length, body).map(([authorization, declared, sent]): Asked => {
    return { method: "POST", path: PUSH, headers: { authorization, ...declared }, body: sent, isSignedIn: false };
  });
}

/** The status that it came to; throws if that is not allowed. Nothing of it stays. */
export async function asked(
  product: Product,
  { method, path, headers: sent, body, isSignedIn }: Asked,
): Promise<string> {
  const { engine, store, secrets } = product;
  const who = isSignedIn ? STRANGER : null;
  try {
    const request = new Request(SITE + path, { method, headers: sent, body });
    const response = await engine.runHttpAction(request, callerOf(who));
    if (response === null) return "no route";
    const text = await response.text();
    if (secrets.some((secret) => text.includes(secret))) throw new Error("It told a secret.");
    judgeResponse(path, response, text);
    const isWake = path === PUSH && response.status === 204;
    if (!isWake)
      judgeChanges(
        "refused",
        { path, kind: "route", who },
        store.changes().filter(({ table }) => table !== "statementCheckpoints"),
      );
    return String(response.status);
  } finally {
    store.rewind();
  }
}

/** Also of an answer that came over a wire. */
export function judgeResponse(path: string, { status, headers: told }: Response, text: string): void {
  const shown = `${path} came to ${status}: ${text.slice(0, 300)}`;
  if (status >= 500 && status !== 503) throw new Error(`No refusal, but a failure: ${shown}`);
  // What /health says is its answer, whatever the status.
  if (status < 400 || path === PUSH || text === "" || told.get("content-type") === "application/json") return;
  if (!told.get("content-type")?.startsWith("application/problem+json")) throw new Error(`No problem: ${shown}`);
  const { code, detail } = JSON.parse(text);
  codeOf({ code, message: detail }, shown);
}

export async function tryRoutes(
  product: Product,
  words: Words,
  { runs, seed }: { runs: number; seed: number },
): Promise<Counts> {
  const counts: Counts = new Map();
  const described = await describedRoutes(product);
  const property = fc.asyncProperty(requestsTo(described, words, product.pushSecret), async (drawn) => {
    const status = await asked(product, drawn);
    counts.set(status, (counts.get(status) ?? 0) + 1);
  });
  await fc.assert(property, { seed, numRuns: runs });
  return counts;
}
