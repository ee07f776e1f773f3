/** Whether the figures on the page are live. What is said where they are not: status/banners.ts. */
import { useConvexConnectionState } from "convex/react";

export function useIsConnected(): boolean {
  return useConvexConnectionState().isWebSocketConnected;
}
