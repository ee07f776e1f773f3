/** Requests to the read API, and what each of its answers and failures must look like. */
import { expect } from "vitest";
import type { Backend } from "./backend";

type Json = Record<string, unknown>;

/** On every answer, whatever it is. */
export const ALWAYS = { "access-control-allow-origin": "*", "x-content-type-options": "nosniff" };

export async function ask(backend: Backend, path: string, init?: RequestInit) {
  const response = await backend.fetch(path, init);
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json");
  const body = (isJson && text !== "" ? JSON.parse(text) : {}) as Json & { items: Json[]; nextCursor: string | null };
  return { status: response.status, headers: Object.fromEntries(response.headers), text, body };
}

/** The body of what is answered by 200. */
export async function told(backend: Backend, path: string) {
  const { status, headers, body } = await ask(backend, path);
  expect([path, status, body.detail]).toEqual([path, 200, undefined]);
  expect(headers).toMatchObject({ ...ALWAYS, "content-type": "application/json" });
  expect(headers.etag).toMatch(/^"[0-9a-f]{40}"$/);
  return body;
}

/** Refused with these words, which no cache keeps, and with nothing of the inside in them. */
export async function refused(
  backend: Backend,
  path: string,
  { status, code }: { status: number; code: string },
  init?: RequestInit,
) {
  const answer = await ask(backend, path, init);
  const { headers, body, text } = answer;
  expect([path, answer.status, body.code, body.status, body.type]).toEqual([path, status, code, status, "about:blank"]);
  const kind = { "content-type": "application/problem+json", "cache-control": "no-store" };
  expect(headers).toMatchObject({ ...ALWAYS, ...kind });
  expect(headers).not.toHaveProperty("etag");
  expect(body.title).toMatch(/^[A-Z]/);
  expect(body.detail).toMatch(/\.$/);
  expect(text).not.toMatch(/Request ID|Uncaught|\.[jt]s:|node_modules/);
  expect(text.length).toBeLessThan(1_000);
  return answer;
}
