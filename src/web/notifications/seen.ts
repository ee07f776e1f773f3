/** How far an address has read what it was told, kept by this browser: the time of the newest that was seen. */
import { useCallback, useSyncExternalStore } from "react";

const keyOf = (address: string) => `bithedge.seen.${address}`;

/** Ms; 0: nothing yet. What somebody else wrote there is nothing. */
export function readSeen(storage: Pick<Storage, "getItem">, address: string): number {
  const at = Number(storage.getItem(keyOf(address)) ?? 0);
  return Number.isFinite(at) ? at : 0;
}

/** Never back: another window may have seen more. */
export function keepSeen(storage: Pick<Storage, "getItem" | "setItem">, address: string, at: number): void {
  if (at > readSeen(storage, address)) storage.setItem(keyOf(address), String(at));
}

const CHANGED = "bithedge.seen";

function subscribe(changed: () => void) {
  // `storage` tells of other windows, and only of those.
  window.addEventListener("storage", changed);
  window.addEventListener(CHANGED, changed);
  return () => {
    window.removeEventListener("storage", changed);
    window.removeEventListener(CHANGED, changed);
  };
}

export function useSeen(address: string): [seen: number, see: (at: number) => void] {
  const seen = useSyncExternalStore(subscribe, () => readSeen(localStorage, address));
  const see = useCallback(
    (at: number) => {
      keepSeen(localStorage, address, at);
      window.dispatchEvent(new Event(CHANGED));
    },
    [address],
  );
  return [seen, see];
}
