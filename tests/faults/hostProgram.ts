/** The process in which a host runs: told by its arguments where and since when, and by messages when to be killed. */
import { type HostOptions, startHost } from "../../src/local/host/host";
import { arm, type Failpoint, tellActivity } from "./failpoint";

interface Arguments extends Omit<HostOptions, "now" | "onActivity"> {
  /** How far its clock is ahead of the machine's. */
  aheadMs: number;
  failpoint: Failpoint | null;
}

const { aheadMs, failpoint, ...options } = JSON.parse(process.argv[2] ?? "") as Arguments;
process.on("message", (message) => arm(message as Failpoint | null));
arm(failpoint);
// Whoever started it is gone: nobody will end it.
process.on("disconnect", () => process.exit());
const { url, siteUrl } = await startHost({ ...options, now: () => Date.now() + aheadMs, onActivity: tellActivity });
process.send?.({ url, siteUrl });
