/** What a backend has told its operators, the oldest first. */
import { listNotifications } from "../../convex/notifications/model";
import type { Backend } from "./backend";

export function operatorsTold(backend: Backend): Promise<string[]> {
  return backend.run(async (ctx) => {
    const { page } = await listNotifications(ctx, null, { numItems: 100, cursor: null });
    return page.map(({ kind }) => kind).reverse();
  });
}
