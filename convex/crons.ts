/** Jobs by the clock. The sync loop schedules itself; its cron only restarts it. */
import { cronJobs } from "convex/server";
import { internal } from "./_generated/api";

const crons = cronJobs();

crons.interval("restart a dead sync loop", { minutes: 1 }, internal.sync.loop.watch, {});
crons.interval("forget expired sign-ins", { hours: 1 }, internal.providers.signIns.forgetExpired, {});

export default crons;
