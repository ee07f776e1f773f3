/** Says when the figures on the page are not live. */
import { useConvexConnectionState } from "convex/react";
import { useEffect, useState } from "react";

/** A connection that takes less time than this is not worth a word. */
const PATIENCE_MS = 1_500;

export function useIsConnected(): boolean {
  return useConvexConnectionState().isWebSocketConnected;
}

export function ConnectionBanner() {
  const { isWebSocketConnected, hasEverConnected } = useConvexConnectionState();
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    if (isWebSocketConnected) return setLate(false);
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [isWebSocketConnected]);
  return (
    <div role="status" className="connection">
      {isLate && (
        <p>
          {hasEverConnected
            ? "The connection to the service is lost. The figures below may be old; the page reconnects by itself."
            : "The service does not answer yet. The page keeps trying."}
        </p>
      )}
    </div>
  );
}
