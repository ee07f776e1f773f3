/** What the service lets be done now: one live query for banners and forms. */
import { useQuery } from "convex/react";
import { api } from "../../../convex/_generated/api";
import { type Act, hindranceOf, type ServiceStatus } from "./words";

/** Null while it is read. */
export function useService(): ServiceStatus | null {
  return useQuery(api.status.getStatus) ?? null;
}

/** Why this can't be done now, as a sentence that says what to do; null if nothing is known to stop it. */
export function useHindranceOf(act: Act): string | null {
  const status = useService();
  return status && hindranceOf(status, act);
}
