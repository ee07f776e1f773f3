/**
 * One market between a chain that forks and a backend that is told of it badly. After each act all that must hold has been
 * checked where it changed; at the end everything heals, and what is left must be what an undisturbed run comes to.
 */
import { type Act, BEGINNING, type Of } from "./acts";
import { FINALITY, PaperChain } from "./chain";
import { Desk } from "./desk";
import { type Disturbance, look } from "./looks";
import { isPassing, Observer, type Seen } from "./observer";
import { Service, undisturbed } from "./service";

/** After so long nothing that was authorised, quoted or sold is open, and the vault lets out again what it may. */
const LONG_TENURES = 150;

export type Looker = typeof look;

const CALM = { disturbance: "none", at: 0 } as const;

export class World {
  readonly chain = new PaperChain();
  readonly service = new Service();
  readonly observer = new Observer(this.service);
  readonly desk = new Desk(this.chain, this.service);
  private readonly met = { refusedLooks: 0, forks: 0, eventsTakenBack: 0 };
  /** A look whose answer is on its way. */
  private onItsWay: Seen | null = null;

  /** @param looker how this world's backend looks at its chain */
  constructor(private readonly looker: Looker = look) {}

  async begin() {
    await this.look(CALM);
    for (const act of BEGINNING) await this.perform(act);
    this.chain.mine(1);
    this.chain.mine(FINALITY);
    await this.look(CALM);
    await this.look(CALM);
  }

  async perform(act: Act): Promise<void> {
    switch (act.kind) {
      case "mine":
        return this.chain.mine(act.tenures);
      case "skip":
        return this.chain.skip(act.tenures);
      case "fork":
        return this.fork(act);
      case "lose":
        this.chain.waiting.splice(act.pick % Math.max(1, this.chain.waiting.length), 1);
        return;
      case "overtake":
        this.chain.waiting.unshift(...this.chain.waiting.splice(act.pick % Math.max(1, this.chain.waiting.length), 1));
        return;
      case "look":
        return this.look(act);
      case "late look":
        if (!this.observer.hasBacklog) this.onItsWay = await this.see({ disturbance: "none", at: act.at });
        return;
      case "arrive":
        return this.arrive();
      default:
        if (this.observer.tip) this.desk.ask(act, this.observer.tip.time);
    }
  }

  private fork({ kind: _, ...fork }: Of<"fork">) {
    const depth = Math.min(fork.depth, this.chain.deepest);
    if (depth < 1) return;
    this.met.forks += 1;
    this.met.eventsTakenBack += this.chain.reorganise({ ...fork, depth });
  }

  private see(wish: { disturbance: Disturbance; at: number }): Promise<Seen | null> {
    return this.trying(() => this.looker(this.chain, this.observer, wish));
  }

  private async trying<Told>(step: () => Promise<Told>): Promise<Told | null> {
    try {
      return await step();
    } catch (error) {
      if (!isPassing(error)) throw error;
      this.met.refusedLooks += 1;
      return null;
    }
  }

  /** What is known already is booked before anything is looked at. */
  private async look(wish: { disturbance: Disturbance; at: number }) {
    this.onItsWay = null;
    if (this.observer.hasBacklog) return this.observer.bookBatch();
    this.onItsWay = await this.see(wish);
    await this.arrive();
  }

  private async arrive() {
    const seen = this.onItsWay;
    this.onItsWay = null;
    if (seen) await this.trying(async () => this.observer.apply(seen));
  }

  async catchUp() {
    for (let looks = 0; looks < 500; looks += 1) {
      const { sequence } = this.chain.state;
      if (this.observer.progress.seen === sequence && this.observer.known().seenTip === this.chain.tip.hash) {
        if (!this.observer.hasBacklog) return;
      }
      await this.look(CALM);
    }
    throw new Error("Looks come to no end although nothing disturbs them any more");
  }

  /** No disturbance any more: what was decided is sent until the chain has it, and all that happened becomes final. */
  async heal() {
    for (let round = 0; round < 3; round += 1) {
      this.desk.sendAll();
      this.chain.skip(LONG_TENURES);
      this.chain.mine(FINALITY + 1);
      await this.catchUp();
    }
    await this.requireConverged();
  }

  private async requireConverged() {
    const { chain, observer, service } = this;
    if (observer.waiting.length > 0) throw new Error(`${observer.waiting.length} events wait for good`);
    const booked = service.journal.filter((one) => typeof one === "bigint");
    const isAll = booked.every((sequence, n) => sequence === BigInt(n + 1)) && booked.length === chain.events.length;
    if (!isAll) throw new Error(`Of ${chain.events.length} events ${booked.length} are booked: ${booked.join(" ")}`);
    const calm = undisturbed(service.journal, chain.events).told();
    if (service.told() !== calm) throw new Error(`The end is\n${service.told()}\nand undisturbed\n${calm}`);
    for (const token of ["STX", "sBTC"] as const) {
      const { [token]: pending } = observer.progress.pending;
      const { [token]: locks } = observer.progress.pendingLocks;
      if (pending !== 0n || locks !== 0n) throw new Error(`${pending} and ${locks} ${token} wait, and no event does`);
    }
    this.desk.requireEnded();
  }

  /** What it met, for whoever wants to know that it met anything. */
  told() {
    const { chain, service, desk, met } = this;
    const count = (kind: string) => chain.events.filter(({ event }) => event.kind === kind).length;
    const { breaches } = service;
    const money = { breaches, payments: count("withdrawal") - breaches, settlements: count("settlement") };
    return { ...met, events: chain.events.length, ...money, granted: desk.granted, refused: desk.refused };
  }
}
