/** The pool as everyone sees it. */
import { Page } from "../ui/Page";
import { Pool } from "./Pool";

export default function PoolPage() {
  return (
    <Page title="The pool" intro="What is in the vault, what of it is free, and the proof of it. Anybody can see this.">
      <Pool />
    </Page>
  );
}
