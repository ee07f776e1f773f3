/**
 * Signing in with one's own wallet, in two steps: the wallet shows its accounts; then it signs a message whose facts are shown
 * here first. Whatever it answers instead is explained in place, and can be tried again.
 */
import { useState } from "react";
import type { WebConfig } from "../config";
import { Problem } from "../refusals/Problem";
import type { WalletOffer, WalletOffers } from "../wallets/connected";
import { rememberWallet } from "../wallets/open";
import type { Challenge } from "./SessionProvider";
import { SignInFacts } from "./SignInFacts";
import styles from "./session.module.css";
import { useAttempt } from "./useAttempt";

interface ConnectWalletProps {
  config: WebConfig;
  isConnected: boolean;
  ask(address: string): Promise<Challenge>;
  signIn(address: string, shown: Challenge): Promise<void>;
}

type Step =
  | { kind: "start" }
  | { kind: "choosing"; offers: WalletOffers }
  | { kind: "signing"; offer: WalletOffer; addresses: string[]; shown: Challenge };

/** Loaded when somebody wants it: it is larger than the rest of the page. */
const wallets = () => import("../wallets/connected");

function Offers({
  offers,
  isBusy,
  choose,
}: {
  offers: WalletOffers;
  isBusy: boolean;
  choose(offer: WalletOffer): void;
}) {
  const { installed, others } = offers;
  return (
    <>
      {installed.length === 0 && (
        <p>This browser has no Stacks wallet yet. Install one, make an account in it, then reload this page.</p>
      )}
      <div className={styles.offers}>
        {installed.map((offer) => (
          <button key={offer.id} type="button" className="quiet" disabled={isBusy} onClick={() => choose(offer)}>
            {offer.name}
          </button>
        ))}
      </div>
      {others.length > 0 && (
        <p className="hint">
          {installed.length === 0 ? "Wallets for Stacks: " : "Others that you could install: "}
          {others.map(({ id, name, url }, n) => (
            <span key={id}>
              {n > 0 && ", "}
              {url === null ? (
                name
              ) : (
                <a href={url} target="_blank" rel="noreferrer">
                  {name}
                </a>
              )}
            </span>
          ))}
          .
        </p>
      )}
    </>
  );
}

function Accounts({
  addresses,
  chosen,
  choose,
}: {
  addresses: string[];
  chosen: string;
  choose(address: string): void;
}) {
  if (addresses.length === 1) return null;
  return (
    <fieldset>
      <legend>Account</legend>
      {addresses.map((address) => (
        <label key={address} className="choice">
          <input type="radio" name="account" checked={address === chosen} onChange={() => choose(address)} />
          <code>{address}</code>
        </label>
      ))}
    </fieldset>
  );
}

export function ConnectWallet({ config, isConnected, ask, signIn }: ConnectWalletProps) {
  const { isBusy, problem, start } = useAttempt();
  const [step, setStep] = useState<Step>({ kind: "start" });

  const choose = (offer: WalletOffer) =>
    start(async () => {
      const addresses = await (await wallets()).connectWallet(offer, config);
      const [address = ""] = addresses;
      setStep({ kind: "signing", offer, addresses, shown: await ask(address) });
    });

  const look = () =>
    start(async () => {
      const offers = (await wallets()).offeredWallets();
      setStep({ kind: "choosing", offers });
    });

  if (step.kind === "start") {
    return (
      <div className={styles.step}>
        <Problem explanation={problem} />
        <button type="button" className="quiet" disabled={isBusy} onClick={() => void look()}>
          {isBusy ? "Looking for wallets …" : "Connect a wallet"}
        </button>
      </div>
    );
  }
  if (step.kind === "choosing") {
    return (
      <div className={styles.step}>
        <h3>Choose your wallet</h3>
        <Offers offers={step.offers} isBusy={isBusy || !isConnected} choose={(offer) => void choose(offer)} />
        {isBusy && <p role="status">Your wallet asks whether it may show its accounts to this page.</p>}
        <Problem explanation={problem} />
        <button type="button" className="quiet" onClick={() => void look()}>
          Look again
        </button>
      </div>
    );
  }
  const { offer, addresses, shown } = step;
  const { address } = shown.facts;
  return (
    <div className={styles.step}>
      <h3>Sign in with {offer.name}</h3>
      <Accounts
        addresses={addresses}
        chosen={address}
        choose={(other) => void start(async () => setStep({ ...step, shown: await ask(other) }))}
      />
      <SignInFacts {...shown.facts} />
      {isBusy && <p role="status">Sign the message in your wallet.</p>}
      <Problem explanation={problem} />
      <div className={styles.actions}>
        <button type="button" className="quiet" disabled={isBusy} onClick={() => void look()}>
          Another wallet
        </button>
        <button
          type="button"
          disabled={isBusy || !isConnected}
          onClick={() =>
            void start(async () => {
              rememberWallet(address, offer);
              await signIn(address, shown);
            })
          }
        >
          {isBusy ? "Signing in …" : `Sign in with ${offer.name}`}
        </button>
      </div>
    </div>
  );
}
