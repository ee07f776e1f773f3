/** The proof that a policy is backed: the vault's own record beside the service's, and how to look without this page. */
import { readableTime } from "../amounts/words";
import type { WebConfig } from "../config";
import { Badge } from "../ui/Badge";
import { type Column, DataTable } from "../ui/DataTable";
import { Placeholder } from "../ui/Live";
import { Notice } from "../ui/Notice";
import { type Comparison, compare, type Fact } from "./comparison";
import styles from "./policies.module.css";
import type { LockState } from "./useLock";
import type { Policy } from "./words";

const COLUMNS: Column<Fact>[] = [
  { key: "name", header: "Fact", cell: ({ name }) => name },
  { key: "service", header: "This service says", cell: ({ service }) => service, isFigure: true },
  {
    key: "vault",
    header: "The vault says",
    cell: ({ vault, agrees }) => (
      <>
        {vault ?? "nothing"} {!agrees && <Badge tone="danger">differs</Badge>}
      </>
    ),
    isFigure: true,
  },
];

function Judged({ comparison: { verdict, sentence, facts } }: { comparison: Comparison }) {
  return (
    <>
      {verdict === "differ" && (
        <Notice tone="danger" title="They differ">
          {sentence}
        </Notice>
      )}
      {verdict !== "differ" && (
        <p>
          <Badge tone={verdict === "agree" ? "good" : "info"}>
            {verdict === "agree" ? "The chain agrees" : "The chain is ahead"}
          </Badge>{" "}
          {sentence}
        </p>
      )}
      <DataTable
        caption="What the service and the vault say"
        rows={facts}
        rowKey={({ name }) => name}
        columns={COLUMNS}
      />
    </>
  );
}

export function LockProof({ policy, state }: { policy: Policy; state: LockState }) {
  switch (state.kind) {
    case "reading":
      return <Placeholder what="the vault's own record" />;
    case "unreachable":
      return (
        <Notice tone="warning" title="The chain can't be asked now, so nothing is proved.">
          What the service says stands beside it unproved. The page asks again every few seconds. {state.why}
        </Notice>
      );
    case "read": {
      const { reading } = state;
      return (
        <>
          <Judged comparison={compare(policy, reading.lock)} />
          <p className="hint">
            Read from the vault by a Stacks node at block {reading.block.height} of {readableTime(reading.block.timeMs)}
            , by your browser and without this service.
          </p>
        </>
      );
    }
  }
}

/** Two ways to look without believing this page. */
export function CheckYourself({ config, policyId }: { config: WebConfig; policyId: bigint }) {
  const { vaultContract, explorerUrl, stacksApiUrl, network } = config;
  const chain = network === "mainnet" ? "mainnet" : "testnet";
  const contract =
    explorerUrl === null
      ? `${stacksApiUrl}/v2/contracts/interface/${vaultContract.replace(".", "/")}`
      : `${explorerUrl}/txid/${vaultContract}?chain=${chain}`;
  return (
    <details className={styles.self}>
      <summary>Check it yourself</summary>
      <p>
        Ask any Stacks node for <code>get-policy</code> of <code>u{policyId.toString()}</code> in{" "}
        <a href={contract} target="_blank" rel="noreferrer">
          the vault's contract
        </a>
        , or from the command line:
      </p>
      <pre>
        <code>
          npm run cli -- policy {policyId.toString()}
          {"\n"}npm run cli -- proof --verify
        </code>
      </pre>
    </details>
  );
}
