/**
 * What a command has at hand once its options are read: where it is, who signs, the session, the service, and the output.
 * Each is looked up when it is first asked for, so that a command fails only by what it needs.
 */
import type { Wallet } from "../stacks/wallet";
import { misuse } from "./errors";
import { type Environment, type Place, type PlaceOptions, placeOf } from "./network";
import { Output, type Streams } from "./output";
import { Service } from "./service";
import { isGood, type KeptSession, Sessions, sessionFileOf } from "./sessions";
import { signIn } from "./signIn";
import { type WalletOptions, walletOf } from "./wallet";

/** The options that every command takes (program.ts). */
export interface GlobalOptions extends PlaceOptions, WalletOptions {
  json?: boolean;
  yes?: boolean;
  /** False: --no-wait. */
  wait: boolean;
  /** Seconds. */
  timeout?: number;
  sessionFile?: string;
}

export interface Surroundings extends Streams {
  env: Environment;
  /** Ends what waits: Ctrl-C. */
  signal?: AbortSignal;
}

/** Somebody signed in, and the service as it answers them. */
export interface Session {
  address: string;
  expiresAt: number;
  domain: string;
  service: Service;
}

export class Cli {
  readonly out: Output;
  options: GlobalOptions = { wait: true };
  /** What stands if the command ends now, for whoever interrupts it. */
  standing = "Nothing was sent.";
  #place: Promise<Place> | undefined;
  #wallet: Promise<Wallet | null> | undefined;
  #session: Promise<Session> | undefined;

  constructor(readonly surroundings: Surroundings) {
    this.out = new Output(surroundings, surroundings.env);
  }

  get env(): Environment {
    return this.surroundings.env;
  }

  place(): Promise<Place> {
    this.#place ??= placeOf(this.options, this.env);
    return this.#place;
  }

  /** Null: nobody has named one. */
  async walletIfAny(): Promise<Wallet | null> {
    this.#wallet ??= this.place().then((place) =>
      walletOf(this.options, { place, env: this.env, warn: (text) => this.out.warn(text) }),
    );
    return this.#wallet;
  }

  async wallet(): Promise<Wallet> {
    const wallet = await this.walletIfAny();
    if (wallet) return wallet;
    const how = (await this.place()).name === "local" ? "--wallet <name> or --key-file <file>" : "--key-file <file>";
    throw misuse("NO_WALLET", `Whose wallet is to sign? Name it with ${how}.`);
  }

  /** The wallet that signs for `address`: the one whose session it is. */
  async signer(address: string): Promise<Wallet> {
    const wallet = await this.wallet();
    if (wallet.address === address) return wallet;
    throw misuse("OTHER_WALLET", `The session is of ${address}, and the wallet of ${wallet.address}.`);
  }

  /** The service as anybody may ask it. */
  async service(): Promise<Service> {
    return new Service((await this.place()).convexUrl);
  }

  sessions(): Sessions {
    return new Sessions(sessionFileOf(this.options.sessionFile, this.env));
  }

  /** The wallet's session, signing in where that is needed; without a wallet, the one that was used last. */
  session(): Promise<Session> {
    this.#session ??= this.openSession();
    return this.#session;
  }

  private async openSession(): Promise<Session> {
    const wallet = await this.walletIfAny();
    const known = await this.sessions().of(await this.place());
    if (!wallet) return this.opened(this.lastOf(known));
    const own = known.find(({ address }) => address === wallet.address);
    return this.opened(own && isGood(own, Date.now()) ? own : await this.signIn(wallet));
  }

  private lastOf([last]: KeptSession[]): KeptSession {
    if (last && isGood(last, Date.now())) return last;
    const what = last ? `The session of ${last.address} has ended` : "You are not signed in here";
    throw misuse(
      "NOT_SIGNED_IN",
      `${what}. Name your wallet (--wallet or --key-file), or sign in with the command sign-in.`,
    );
  }

  private async opened({ address, token, expiresAt, domain }: KeptSession): Promise<Session> {
    const renew = async () => {
      const wallet = await this.walletIfAny();
      return wallet && (await this.signIn(wallet)).token;
    };
    const { convexUrl } = await this.place();
    return { address, expiresAt, domain, service: new Service(convexUrl, { token, renew }) };
  }

  /** Signs in with a wallet, whatever is kept, and keeps the session. */
  async signIn(wallet: Wallet): Promise<KeptSession> {
    const place = await this.place();
    const sessions = this.sessions();
    const knownDomain = (await sessions.of(place))[0]?.domain ?? null;
    const consent = async (domain: string) => {
      this.out.progress(`Signing in to "${domain}" at ${place.convexUrl} as ${wallet.address}.`);
      await this.consent("Sign this message?");
    };
    const session = await signIn(wallet, place, { knownDomain, consent });
    await sessions.keep(session);
    return session;
  }

  /** Nothing is signed unless its owner has agreed: by an answer, by --yes, or by being on the local stack. */
  async consent(question: string): Promise<void> {
    if (this.options.yes || (await this.place()).name === "local") return;
    if (!this.out.isInteractive) {
      throw misuse(
        "NOT_CONFIRMED",
        "Nobody is there to confirm what is to be signed. With --yes it is signed without asking.",
      );
    }
    if (!(await this.out.confirms(question))) throw misuse("DECLINED", "Nothing was signed.");
  }
}
