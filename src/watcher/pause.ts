/**
 * The pause itself: one transaction of the guardian's account, signed once and kept, sent again until a block has it, for a
 * higher fee the longer that takes. Asks the chain alone.
 */
import { type FeeRule, fateOf, raisedFee, type SignedForm, startingFee } from "../domain/transactions";
import { stacksApi } from "../stacks/api";
import type { VaultDeployment } from "../stacks/deployment";
import type { ApiOptions } from "../stacks/request";
import { type SignedTransaction, serviceAddress, signPause } from "../stacks/serviceCalls";
import { ServiceNode } from "../stacks/serviceNode";

/** One nonce; its forms differ by their fee, cheapest first. */
export interface PauseJob {
  nonce: number;
  forms: (SignedForm & { txId: string; bytes: string })[];
}

export interface GuardianSettings {
  deployment: VaultDeployment;
  apiUrl: string;
  api: ApiOptions;
  privateKey: string;
  feeRule: FeeRule;
}

export interface PauseStep {
  job: PauseJob | null;
  /** What was sent by this step. */
  sent: { txId: string; feeUstx: bigint } | null;
  problem: string | null;
}

type Form = PauseJob["forms"][number];

const unsent = ({ txId, bytes, feeUstx }: SignedTransaction): Form => ({
  ...{ txId, bytes, feeUstx },
  ...{ sentAt: null, refusal: null, sighting: { kind: "unknown" } },
});

export class Guardian {
  readonly address: string;

  constructor(private readonly settings: GuardianSettings) {
    this.address = serviceAddress(settings.deployment, settings.privateKey);
  }

  protected get node(): Pick<ServiceNode, "look" | "broadcast"> {
    const { apiUrl, api } = this.settings;
    return new ServiceNode(apiUrl, stacksApi(apiUrl, api), api.apiKey);
  }

  private async signed(nonce: number, feeUstx: (lengthBytes: number) => bigint): Promise<Form> {
    const { deployment, privateKey } = this.settings;
    return unsent(await signPause(deployment, { privateKey, nonce, feeUstx }));
  }

  /**
   * Does what has to be done next; to be asked again until the vault is paused.
   * @param keep stores the job before any of it is sent, so that a restart goes on with it
   */
  async step(job: PauseJob | null, keep: (job: PauseJob) => Promise<void>): Promise<PauseStep> {
    const { deployment, feeRule } = this.settings;
    const watched = job ? [{ nonce: job.nonce, txIds: job.forms.map(({ txId }) => txId) }] : [];
    const asked = { sender: this.address, watched, withVault: false, finalityBurnBlocks: 0 };
    const look = await this.node.look(deployment, asked);
    if (!look) return { job, sent: null, problem: "The chain's newest burn block has no block yet." };
    const { tip, tipNonce, finalHeight } = look;
    const begin = async () => {
      const form = await this.signed(tipNonce, (length) => startingFee(length, feeRule));
      return this.send({ nonce: tipNonce, forms: [form] }, tip.time, keep);
    };
    if (!job) return begin();
    const seen = seenIn(job, look.sightings);
    const rivalHeight = look.rivals.find(({ nonce }) => nonce === job.nonce)?.blockHeight ?? null;
    const { step, alarm } = fateOf({ forms: seen.forms, rivalHeight }, { time: tip.time, finalHeight }, feeRule);
    switch (step.kind) {
      case "lost":
        return begin();
      case "abort":
        return { job: null, sent: null, problem: `The vault refused the pause: ${step.failure.reason}.` };
      case "send":
        return { ...(await this.send(seen, tip.time, keep)), problem: alarm };
      case "raise":
        return this.send(await this.raised(seen, step.feeUstx), tip.time, keep);
      default:
        return { job: seen, sent: null, problem: alarm };
    }
  }

  private async raised(job: PauseJob, feeUstx: bigint): Promise<PauseJob> {
    return { ...job, forms: [...job.forms, await this.signed(job.nonce, () => feeUstx)] };
  }

  private async send(
    job: PauseJob,
    time: number,
    keep: (job: PauseJob) => Promise<void>,
  ): Promise<PauseStep & { job: PauseJob }> {
    await keep(job);
    const newest = job.forms.at(-1) as Form;
    const reply = await this.node.broadcast(newest.bytes);
    const refusal = reply.kind === "refused" ? reply.reason : null;
    const sentAt = refusal === null ? (newest.sentAt ?? time) : newest.sentAt;
    const sent = { ...job, forms: [...job.forms.slice(0, -1), { ...newest, refusal, sentAt }] };
    const { txId, feeUstx } = newest;
    if (refusal === null) return { job: sent, sent: { txId, feeUstx }, problem: null };
    // What can't be sent for this fee is sent for the next one at the next step; at the limit somebody has to know.
    const isAtLimit = raisedFee(feeUstx, this.settings.feeRule) === null;
    return { job: sent, sent: null, problem: isAtLimit ? `The node refuses the pause: ${refusal}.` : null };
  }
}

function seenIn(job: PauseJob, sightings: { txId: string; sighting: SignedForm["sighting"] }[]): PauseJob {
  const of = new Map(sightings.map(({ txId, sighting }) => [txId, sighting]));
  return { ...job, forms: job.forms.map((form) => ({ ...form, sighting: of.get(form.txId) ?? form.sighting })) };
}
