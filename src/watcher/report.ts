/** How the watcher tells what it finds: a line each, for people or for programs, and to a web hook where there is one. */
import type { Finding } from "./findings";

type Facts = Record<string, string | number | bigint>;

export interface Report {
  finding(finding: Finding): void;
  /** What it did itself, and that something is over. */
  note(kind: string, message: string, facts: Facts): void;
  heartbeat(facts: Facts): void;
}

export interface ReportSettings {
  write: (line: string) => void;
  form: "text" | "json";
  /** Each finding is posted there as JSON; empty: nowhere. */
  webhookUrl: string;
  /** Who is told of a pause that is due: a guardian sends it, with none it is only told. */
  hands: "guardian" | "none";
  now?: () => number;
}

const plain = (_name: string, value: unknown) => (typeof value === "bigint" ? value.toString() : value);

export const asJson = (value: unknown) => JSON.stringify(value, plain);

const WEBHOOK_TIMEOUT_MS = 10_000;

export function reportTo({ write, form, webhookUrl, hands, now = Date.now }: ReportSettings): Report {
  const line = (level: string, kind: string, message: string, facts: Facts) => {
    const at = new Date(now()).toISOString();
    write(
      form === "json" ? asJson({ at, level, kind, message, facts }) : `${at}  ${level.padEnd(9)} ${kind}  ${message}`,
    );
  };
  const post = (body: string) =>
    fetch(webhookUrl, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      signal: AbortSignal.timeout(WEBHOOK_TIMEOUT_MS),
    }).then(
      ({ ok, status }) => ok || line("note", "webhook", `The web hook answered ${status}.`, { status }),
      (error) => line("note", "webhook", `The web hook can't be reached: ${error}`, {}),
    );
  const due = hands === "guardian" ? "PAUSE" : "(PAUSE)";
  return {
    finding({ kind, message, facts, pauses }) {
      line(pauses ? due : "ALARM", kind, message, facts);
      // Whatever becomes of it: nothing may wait for it.
      if (webhookUrl) void post(asJson({ at: new Date(now()).toISOString(), kind, message, facts, pauses }));
    },
    note: (kind, message, facts) => line("note", kind, message, facts),
    heartbeat(facts) {
      const told = Object.entries(facts).map(([name, value]) => `${name} ${value}`);
      line("watching", "heartbeat", told.join(", "), facts);
    },
  };
}
