/** The dialog in which capital changes its tier, or leaves suspense for one. */
import { useAccount } from "../../account/AccountProvider";
import { readableAmount } from "../../amounts/typing";
import { readableTime } from "../../amounts/words";
import { useHindranceOf } from "../../status/useService";
import type { TierView } from "../../tiers/useTiers";
import { Modal } from "../../ui/Modal";
import { Notice } from "../../ui/Notice";
import { useToast } from "../../ui/Toasts";
import { useDraft } from "../../ui/useDraft";
import { MoveFields } from "./MoveFields";
import type { MoveDraft, MoveSource } from "./moveDraft";
import type { Acts } from "./useActs";
import { useMoveQuote } from "./useMoveQuote";

interface MoveCapitalProps {
  source: MoveSource;
  /** All tiers of its token. */
  tiers: TierView[];
  acts: Pick<Acts, "move" | "assign">;
  onClose(): void;
}

export function MoveCapital({ source, tiers, acts, onClose }: MoveCapitalProps) {
  const { from, token } = source;
  const { hindrance } = useAccount();
  const stopped = useHindranceOf("commit");
  const targets = tiers.filter((known) => known.token === token && known.tier !== from);
  const first = targets[0]?.tier ?? "Conservative";
  const [draft, setDraft] = useDraft<MoveDraft>(`move.${from}.${token}`, () => ({
    ...{ to: first, amountText: "", idempotencyKey: crypto.randomUUID() },
  }));
  const quote = useMoveQuote(source, draft.to);
  const tell = useToast();
  const move = async (amount: bigint, { to, idempotencyKey }: MoveDraft) => {
    const freeAt =
      from === "suspense"
        ? await acts.assign({ token, tier: to, amount, idempotencyKey })
        : await acts.move({ token, amount, fromTier: from, toTier: to, idempotencyKey });
    setDraft({ to, amountText: "", idempotencyKey: crypto.randomUUID() });
    const hold = freeAt > Date.now() ? ` It can leave again from ${readableTime(freeAt)} on.` : "";
    tell(`${readableAmount(amount, token)} ${token} is in ${to} now.${hold}`);
    onClose();
  };
  const title = from === "suspense" ? `Put ${token} from suspense into a tier` : `Move ${token} out of ${from}`;
  return (
    <Modal title={title} isOpen onClose={onClose}>
      {stopped && <Notice tone="warning" title={stopped} />}
      <MoveFields
        {...{ source, targets, draft, quote }}
        hindrance={hindrance ?? (stopped === null ? null : "Stopped for now")}
        onDraft={setDraft}
        onMove={move}
        onCancel={onClose}
      />
    </Modal>
  );
}
