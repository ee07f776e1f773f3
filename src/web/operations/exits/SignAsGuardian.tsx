/** For the guardian's wallet: signs an exit's message, and shows the signature for an admin to hand in. */
import { useState } from "react";
import { useAccount } from "../../account/AccountProvider";
import { type Explanation, explain } from "../../refusals/explain";
import { Problem } from "../../refusals/Problem";
import { Modal } from "../../ui/Modal";
import { openWallet } from "../../wallets/open";
import type { SignedMessage } from "../../wallets/wallet";
import type { Exit } from "../answers";
import style from "../operations.module.css";
import { ExitFacts } from "./ExitFacts";
import { guardianMessage } from "./guardianMessage";

interface SignAsGuardianProps {
  exit: Exit;
  vaultContract: string;
}

function Signature({ publicKey, signature }: SignedMessage) {
  return (
    <>
      <p role="status">Signed. An admin hands in both with “Approve”:</p>
      <dl className={style.facts}>
        <dt>Public key</dt>
        <dd>
          <code>{publicKey}</code>
        </dd>
        <dt>Signature</dt>
        <dd>
          <code>{signature}</code>
        </dd>
      </dl>
    </>
  );
}

export function SignAsGuardian({ exit, vaultContract }: SignAsGuardianProps) {
  const { config, address } = useAccount();
  const [isOpen, setOpen] = useState(false);
  const [signed, setSigned] = useState<SignedMessage | null>(null);
  const [problem, setProblem] = useState<Explanation | null>(null);
  const sign = async () => {
    setProblem(null);
    try {
      const wallet = await openWallet(config, address);
      setSigned(await wallet.signMessage(guardianMessage(vaultContract, exit)));
    } catch (error) {
      setProblem(explain(error));
    }
  };
  return (
    <>
      <button type="button" className="quiet" onClick={() => setOpen(true)}>
        Sign as guardian
      </button>
      <Modal title="Sign as guardian" isOpen={isOpen} onClose={() => setOpen(false)}>
        <ExitFacts exit={exit} />
        <p className="hint">
          Your wallet signs this message. It moves nothing by itself, and approves this one payment only.
        </p>
        <pre className={style.message}>{exit.message}</pre>
        <Problem explanation={problem} />
        {signed && <Signature {...signed} />}
        <div className="actions">
          <button type="button" className="quiet" onClick={() => setOpen(false)}>
            Close
          </button>
          {!signed && (
            <button type="button" onClick={() => void sign()}>
              Sign the message
            </button>
          )}
        </div>
      </Modal>
    </>
  );
}
