/** Holds the session, hands its token to Convex, and notices when it ends. */
import { ConvexProviderWithAuth, type ConvexReactClient } from "convex/react";
import { ConvexError } from "convex/values";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { api } from "../../../convex/_generated/api";
import { type ChallengeFacts, readChallenge } from "../../domain/challenge";
import type { WebConfig } from "../config";
import { openWallet } from "../wallets/open";
import { keepSession, readSession, remainingMs, type Session } from "./session";

/** What the service wants signed, read before anybody signs it. */
export interface Challenge {
  challenge: string;
  message: string;
  facts: ChallengeFacts;
}

interface SessionControl {
  session: Session;
  /** Asks the service for a challenge, to be shown. Stores nothing, moves nothing. */
  ask(address: string): Promise<Challenge>;
  /** Has the wallet sign a challenge, a fresh one if none is given, and exchanges the signature for a session. */
  signIn(address: string, shown?: Challenge): Promise<void>;
  signOut(): void;
  /** The token is no longer good. */
  expire(): void;
}

/** Time to look at a challenge and at the wallet's window. */
const FRESH_MS = 60_000;

const SessionContext = createContext<SessionControl | null>(null);

export function useSession(): SessionControl {
  const control = useContext(SessionContext);
  if (!control) throw new Error("useSession needs a SessionProvider above it");
  return control;
}

/**
 * Convex takes the token here. It asks for a fresh one only when this one is refused or about to end, and only the
 * wallet can sign for another.
 */
function useConvexToken() {
  const { session, expire } = useSession();
  const fetchAccessToken = useCallback(
    async ({ forceRefreshToken }: { forceRefreshToken: boolean }) => {
      if (session.kind !== "signedIn") return null;
      if (!forceRefreshToken) return session.token;
      expire();
      return null;
    },
    [session, expire],
  );
  return { isLoading: false, isAuthenticated: session.kind === "signedIn", fetchAccessToken };
}

interface SessionProviderProps {
  client: ConvexReactClient;
  config: WebConfig;
  children: ReactNode;
}

export function SessionProvider({ client, config, children }: SessionProviderProps) {
  const [session, setSession] = useState(() => readSession(sessionStorage, Date.now()));
  useEffect(() => keepSession(sessionStorage, session), [session]);

  const expire = useCallback(() => {
    setSession((last) => (last.kind === "signedIn" ? { kind: "expired", address: last.address } : last));
  }, []);

  useEffect(() => {
    if (session.kind !== "signedIn") return;
    const timer = setTimeout(expire, remainingMs(session, Date.now()));
    return () => clearTimeout(timer);
  }, [session, expire]);

  const ask = useCallback(
    async (address: string) => {
      const { challenge, message } = await client.action(api.session.requestChallenge, { address });
      const read = readChallenge(message, { address, network: config.network, now: Date.now() });
      if (!read.ok) throw new ConvexError(read.refusal);
      return { challenge, message, facts: read.value };
    },
    [client, config],
  );

  const control = useMemo<SessionControl>(
    () => ({
      session,
      expire,
      ask,
      signOut: () => setSession({ kind: "signedOut" }),
      async signIn(address, shown) {
        // One that is about to end would be refused once it is signed.
        const isFresh = shown?.facts.address === address && shown.facts.expiresAt - Date.now() > FRESH_MS;
        const { challenge, message } = isFresh ? shown : await ask(address);
        const wallet = await openWallet(config, address);
        const answer = { challenge, ...(await wallet.signMessage(message)) };
        setSession({ kind: "signedIn", ...(await client.action(api.session.signIn, answer)) });
      },
    }),
    [client, config, session, expire, ask],
  );

  return (
    <SessionContext value={control}>
      <ConvexProviderWithAuth client={client} useAuth={useConvexToken}>
        {children}
      </ConvexProviderWithAuth>
    </SessionContext>
  );
}
