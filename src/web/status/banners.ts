/** What everybody has to know before anything else: what is not as it should be, what that stops, and what to do. */
import { UNDERLYINGS, type Underlying } from "../../domain/policies";
import { readableLag } from "../connection/Freshness";
import type { PriceRow } from "../prices/standing";
import { readableAge, standingOf } from "../prices/standing";
import { type ServiceStatus, untilWhen } from "./words";

export interface Banner {
  key: string;
  tone: "info" | "warning" | "danger";
  title: string;
  text: string;
}

export interface Facts {
  /** As the browser says. */
  isOnline: boolean;
  /** Lost: there was a connection, and for more than a moment there is none. */
  connection: "fine" | "lost" | "unanswered";
  /** Null while it is read. */
  status: ServiceStatus | null;
  /** How far the books are behind, ms; null: not far, or not known. */
  lateMs: number | null;
  prices: PriceRow[];
  /** Ms. */
  now: number;
}

function connectionBanner({ isOnline, connection }: Facts): Banner | null {
  if (!isOnline) {
    return {
      key: "offline",
      tone: "warning",
      title: "You are offline.",
      text: "The figures below are the last that came. What you type stays; the page goes on by itself once there is a network again.",
    };
  }
  if (connection === "fine") return null;
  const isLost = connection === "lost";
  return {
    key: "connection",
    tone: "warning",
    title: isLost ? "The connection to the service is lost." : "The service does not answer yet.",
    text: isLost
      ? "The figures below may be old; the page reconnects by itself, and what you type stays."
      : "The page keeps trying. If this lasts, the service is down: what the vault holds stays there.",
  };
}

const CAPABILITIES: Record<ServiceStatus["stopped"][number]["capability"], string> = {
  commit: "new deposits",
  withdraw: "withdrawals",
  policies: "new policies",
  settle: "payouts of policies",
  sync: "the reading of the chain",
};

function listed(words: string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

function stoppedBanner({ stopped, isHalted }: ServiceStatus): Banner[] {
  if (isHalted) {
    return [
      {
        key: "halted",
        tone: "danger",
        title: "The service has stopped reading the chain.",
        text: "Something there contradicts its books, and an operator has to look into it. Balances stand as they were; nothing is lost, and nothing new is booked until then.",
      },
    ];
  }
  if (stopped.length === 0) return [];
  const names = stopped.map(({ capability }) => CAPABILITIES[capability]);
  return [
    {
      key: "stopped",
      tone: "danger",
      title: `Stopped for now: ${listed(names)}.`,
      text: "An operator is looking into it. Your balances stand, deposits that are on their way are booked, and what is sold is exercised as before. Try again later.",
    },
  ];
}

function vaultBanners(status: ServiceStatus): Banner[] {
  const { vaultPaused, launched, isRestoring } = status;
  const banners: Banner[] = [];
  if (launched === false) {
    const text = "It has no tokens yet and takes no deposits. Come back when the admin has launched it.";
    banners.push({ key: "launched", tone: "info", title: "The vault is not launched yet.", text });
  }
  if (vaultPaused) {
    const text =
      "Nothing is paid out and no policy can be bought until it is lifted. Your balances stand, and what is locked for a policy stays locked.";
    banners.push({ key: "paused", tone: "danger", title: "The vault is paused by its guardian.", text });
  }
  if (isRestoring) {
    const text = `So that nothing is paid twice, it signs no withdrawal and no policy ${untilWhen(status)}. Your balances stand; deposits are booked as always.`;
    banners.push({ key: "restoring", tone: "warning", title: "The service was restored from a backup.", text });
  }
  return banners;
}

function lateBanner(lateMs: number): Banner {
  const title = `The books are ${readableLag(lateMs)} behind the chain.`;
  const text = "What has been sent since is not shown yet. It is not lost: it appears once the service has caught up.";
  return { key: "late", tone: "warning", title, text };
}

const troubled = (underlying: Underlying, { prices, now }: Facts): string | null => {
  const row = prices.find((known) => known.underlying === underlying);
  if (!row) return null;
  const standing = standingOf(row, now);
  if (standing.kind === "good") return null;
  return standing.kind === "none"
    ? `none of ${underlying}`
    : `that of ${underlying} is from ${readableAge(standing.ageMs)}`;
};

function priceBanner(facts: Facts): Banner[] {
  const found = UNDERLYINGS.map((underlying) => troubled(underlying, facts)).filter((words) => words !== null);
  if (found.length === 0) return [];
  return [
    {
      key: "prices",
      tone: "warning",
      title: `There is no good price now: ${listed(found)}.`,
      text: "Until two sources agree again, no policy is sold, exercises and expiries wait, and capital that backs policies stays. Deposits, and withdrawals of what backs nothing, go on.",
    },
  ];
}

/** The gravest first. While nothing is heard of the service, only that is said: all else may have changed. */
export function bannersOf(facts: Facts): Banner[] {
  const unheard = connectionBanner(facts);
  if (unheard) return [unheard];
  const { status, lateMs } = facts;
  if (!status) return [];
  const isLate = lateMs !== null && !status.isHalted;
  return [
    ...stoppedBanner(status),
    ...vaultBanners(status),
    ...(isLate ? [lateBanner(lateMs)] : []),
    ...priceBanner(facts),
  ];
}
