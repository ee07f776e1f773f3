/** What is seen where the page can't start: its configuration is missing or wrong. Whoever deploys it is told what to write. */
import { explain } from "../refusals/explain";
import { Notice } from "../ui/Notice";

const EXAMPLE = `{
  "convexUrl": "https://<deployment>.convex.cloud",
  "stacksApiUrl": "https://api.testnet.hiro.so",
  "network": "testnet",
  "vaultContract": "<address>.<name>",
  "sbtcContract": "<address>.<name>",
  "explorerUrl": "https://explorer.hiro.so"
}`;

export function Unusable({ error }: { error: unknown }) {
  return (
    <main className="page" id="content">
      <h1>The page can't start</h1>
      <Notice
        tone="danger"
        title={explain(error).message}
        action={
          <button type="button" onClick={() => location.reload()}>
            Try again
          </button>
        }
      >
        If you only use this site: try again in a minute, then tell its operator. What the vault holds is not affected.
      </Notice>
      <section aria-labelledby="what-to-write">
        <h2 id="what-to-write">If you run this site</h2>
        <p>
          Serve <code>/config.json</code> beside the page, as:
        </p>
        <pre>
          <code>{EXAMPLE}</code>
        </pre>
      </section>
    </main>
  );
}
