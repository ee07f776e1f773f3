/** Jobs by the clock. The loops of sync, outbox, prices and webhook schedule themselves; their crons only restart them. */
import { cronJobs } from "convex/server";
import { internal } from "./_generated/api";

const crons = cronJobs();

crons.interval("restart a dead sync loop", { minutes: 1 }, internal.sync.loop.watch, {});
crons.interval("restart a dead outbox", { minutes: 1 }, internal.outbox.loop.watch, {});
crons.interval("restart dead looks at prices", { minutes: 1 }, internal.prices.loop.watch, {});
crons.interval("restart a dead webhook loop", { minutes: 1 }, internal.webhooks.loop.watch, {});
crons.interval("end margin calls", { minutes: 1 }, internal.health.monitor.watch, {});
crons.interval("forget expired sign-ins", { hours: 1 }, internal.providers.signIns.forgetExpired, {});
crons.interval("forget old deliveries", { hours: 1 }, internal.webhooks.control.forgetDelivered, {});
crons.interval("audit the books", { minutes: 10 }, internal.audit.job.run, { untilDone: false });
crons.interval("earn premiums", { minutes: 1 }, internal.earnings.job.accrue, {});

export default crons;
