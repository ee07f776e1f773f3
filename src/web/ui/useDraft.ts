/**
 * What is typed into a form, kept while the tab lives: a reload, another page, a session that ends or begins loses nothing.
 * Each address has its own; what was typed before signing in goes to whoever signs in.
 */
import { type Dispatch, type SetStateAction, useCallback, useEffect, useState } from "react";
import { useVisitor } from "../account/AccountProvider";

const PREFIX = "bithedge.draft";
const NOBODY = "nobody";

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

function revive(_key: string, value: unknown): unknown {
  return typeof value === "object" && value !== null && "$bigint" in value ? BigInt(String(value.$bigint)) : value;
}

function flatten(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? { $bigint: value.toString() } : value;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Of what was kept, only what has the shape of today: another version of the page may have written it. */
function fitting<Draft>(kept: unknown, initial: Draft): Draft {
  if (!isRecord(initial)) return typeof kept === typeof initial ? (kept as Draft) : initial;
  if (!isRecord(kept)) return initial;
  const known = Object.entries(kept).filter(
    ([name, value]) => name in initial && (initial[name] === null || typeof value === typeof initial[name]),
  );
  return { ...initial, ...Object.fromEntries(known) };
}

/** @param address null: nobody is signed in */
export function readDraft<Draft>(store: Store, address: string | null, key: string, initial: Draft): Draft {
  const own = store.getItem(`${PREFIX}.${address ?? NOBODY}.${key}`);
  const text = own ?? store.getItem(`${PREFIX}.${NOBODY}.${key}`);
  if (text === null) return initial;
  try {
    return fitting(JSON.parse(text, revive), initial);
  } catch {
    return initial;
  }
}

export function keepDraft<Draft>(store: Store, address: string | null, key: string, draft: Draft): void {
  try {
    store.setItem(`${PREFIX}.${address ?? NOBODY}.${key}`, JSON.stringify(draft, flatten));
    if (address !== null) store.removeItem(`${PREFIX}.${NOBODY}.${key}`);
  } catch {
    // A full or forbidden storage costs a reload's memory, not the form.
  }
}

/** As useState; `key` names the form, as "deposit". The draft is plain data: text, numbers, bigints. */
export function useDraft<Draft>(key: string, initial: Draft | (() => Draft)): [Draft, Dispatch<SetStateAction<Draft>>] {
  const address = useVisitor()?.address ?? null;
  const [draft, setDraft] = useState(() =>
    readDraft(sessionStorage, address, key, initial instanceof Function ? initial() : initial),
  );
  useEffect(() => keepDraft(sessionStorage, address, key, draft), [address, key, draft]);
  return [draft, useCallback((next) => setDraft(next), [])];
}
