/** What is not as it should be, above every page. */
import { useConvexConnectionState } from "convex/react";
import { useEffect, useState } from "react";
import { useNow } from "../prices/pageClock";
import { usePrices } from "../prices/usePrices";
import { Notice } from "../ui/Notice";
import { type Banner, bannersOf, type Facts } from "./banners";
import styles from "./status.module.css";
import { useLateness } from "./useLateness";
import { useService } from "./useService";

/** A connection that takes less time than this is not worth a word. */
const PATIENCE_MS = 1_500;
const AGES_EVERY_MS = 5_000;

/** Read out as they come: they come by themselves, and they matter. */
export function BannerList({ banners }: { banners: Banner[] }) {
  return (
    <div role="status" className={styles.banners}>
      {banners.map(({ key, tone, title, text }) => (
        <Notice key={key} tone={tone} title={title}>
          {text}
        </Notice>
      ))}
    </div>
  );
}

function useIsOnline(): boolean {
  const [isOnline, setOnline] = useState(() => navigator.onLine);
  useEffect(() => {
    const look = () => setOnline(navigator.onLine);
    window.addEventListener("online", look);
    window.addEventListener("offline", look);
    return () => {
      window.removeEventListener("online", look);
      window.removeEventListener("offline", look);
    };
  }, []);
  return isOnline;
}

function useConnection(): Facts["connection"] {
  const { isWebSocketConnected, hasEverConnected } = useConvexConnectionState();
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    if (isWebSocketConnected) return setLate(false);
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [isWebSocketConnected]);
  if (!isLate) return "fine";
  return hasEverConnected ? "lost" : "unanswered";
}

export function Banners() {
  const facts: Facts = {
    isOnline: useIsOnline(),
    connection: useConnection(),
    status: useService(),
    lateMs: useLateness(),
    prices: usePrices(),
    now: useNow(AGES_EVERY_MS),
  };
  return <BannerList banners={bannersOf(facts)} />;
}
