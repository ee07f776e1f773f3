/** The dialog that hands in the guardian's signature: made by this wallet, if it is the guardian's, or brought along. */
import { useState } from "react";
import { useVisitor } from "../../account/AccountProvider";
import { ReviewDialog } from "../../transactions/ReviewDialog";
import { useSubmission } from "../../transactions/useSubmission";
import { openWallet } from "../../wallets/open";
import { ActDialog } from "../acts/ActDialog";
import { type ActResult, useOperator } from "../acts/operator";
import { TypedField } from "../acts/TypedField";
import type { Exit } from "../answers";
import style from "../operations.module.css";
import { ExitFacts } from "./ExitFacts";
import { guardianMessage } from "./guardianMessage";

type Approved = ActResult<"approveExit">;

interface ApproveExitProps {
  exit: Exit;
  vaultContract: string;
  guardian: string | null;
  close(): void;
  onDone(): void;
}

function PayOut({ exit, approved, onSent }: { exit: Exit; approved: Approved; onSent(): void }) {
  const submission = useSubmission(onSent);
  const { token, amount, account } = exit;
  return (
    <>
      <button
        type="button"
        disabled={submission.state.kind === "requesting"}
        onClick={() =>
          void submission.begin({ action: "treasuryExit", token, amount, account }, async () => approved.transaction)
        }
      >
        Review the payment
      </button>
      <ReviewDialog submission={submission} />
    </>
  );
}

interface CallProps {
  exit: Exit;
  approved: Approved;
  isOwn: boolean;
  onSent(): void;
}

function RecipientsCall({ exit, approved, isOwn, onSent }: CallProps) {
  return (
    <>
      <p>
        It is approved. Its recipient sends this call to the vault within an hour of block time; it is not shown again.
        Who misses it asks for another exit.
      </p>
      {isOwn && (
        <p>
          <PayOut exit={exit} approved={approved} onSent={onSent} />
        </p>
      )}
      <details className={style.playbook}>
        <summary>The recipient's call</summary>
        <pre className={style.message}>{JSON.stringify(approved.transaction, null, 2)}</pre>
      </details>
    </>
  );
}

const HEX = /^[0-9a-f]+$/i;
/** Both in hex; a public key of 33 bytes, a signature of 65. */
const BYTES = { publicKey: 33, signature: 65 };

function hexProblem(text: string, what: keyof typeof BYTES): string | null {
  const clean = text.trim();
  if (clean === "") return null;
  const digits = BYTES[what] * 2;
  return HEX.test(clean) && clean.length === digits ? null : `It has ${digits} hexadecimal digits.`;
}

export function ApproveExit({ exit, vaultContract, guardian, close, onDone }: ApproveExitProps) {
  const { perform, address } = useOperator();
  const config = useVisitor()?.config;
  const [publicKey, setPublicKey] = useState("");
  const [signature, setSignature] = useState("");
  const isGuardian = guardian === address;
  const problems = { publicKey: hexProblem(publicKey, "publicKey"), signature: hexProblem(signature, "signature") };
  const isBrought = publicKey.trim() !== "" && signature.trim() !== "";
  const missing =
    isGuardian || isBrought ? (problems.publicKey ?? problems.signature) : "Bring the guardian's signature.";

  const approvalOf = async () => {
    const message = guardianMessage(vaultContract, exit);
    if (isGuardian && config) return (await openWallet(config, address)).signMessage(message);
    return { publicKey: publicKey.trim(), signature: signature.trim() };
  };
  return (
    <ActDialog
      act="approveExit"
      title="Approve an exit"
      button={isGuardian ? "Sign as guardian, and approve" : "Approve"}
      missing={missing}
      onClose={close}
      onDone={onDone}
      perform={async (reason) => {
        const { publicKey: key, signature: signed } = await approvalOf();
        const approved = await perform("approveExit", {
          exitId: exit.exitId,
          publicKey: key,
          signature: signed,
          reason,
        });
        const isOwn = exit.recipient === address;
        return <RecipientsCall exit={exit} approved={approved} isOwn={isOwn} onSent={close} />;
      }}
    >
      <ExitFacts exit={exit} />
      <p className="hint">
        {isGuardian
          ? "You are the vault's guardian: your wallet signs this message. It moves nothing by itself."
          : "The vault's guardian signs exactly this message with its own wallet, and gives you its public key and signature."}
      </p>
      <pre className={style.message}>{exit.message}</pre>
      {!isGuardian && (
        <>
          <TypedField
            label="Guardian's public key"
            text={publicKey}
            problem={problems.publicKey}
            onText={setPublicKey}
          />
          <TypedField
            label="Guardian's signature"
            text={signature}
            problem={problems.signature}
            onText={setSignature}
          />
        </>
      )}
    </ActDialog>
  );
}
