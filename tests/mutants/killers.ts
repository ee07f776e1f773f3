/**
 * Asks a killer about the copy as it stands. Only a failed assertion, or a broken invariant, counts as having noticed:
 * a test that can't start proves nothing.
 */
import { execFile } from "node:child_process";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { createVitest, type TestModule, type Vitest } from "vitest/node";
import type { Killer, TestKiller } from "./list";

export type Verdict =
  | { kind: "killed"; by: string }
  | { kind: "alive" }
  /** The killer gave no answer: it did not start, or failed by no assertion. */
  | { kind: "unproved"; why: string };

const FUZZ_SEED = "7";
const FUZZ_RUNS = "2000";
const BROKEN_INVARIANT = /invariant-|runtime error/;
/** A property names the assertion that failed in it. */
const ASSERTION = /AssertionError|Property failed after/;
const LONGEST_MS = 900_000;

export const told = (killer: Killer) =>
  killer.kind === "fuzz" ? "fuzz" : [killer.file, ...(killer.test ? [`"${killer.test}"`] : [])].join(" ");

const firstLine = (text: string) => text.trim().split("\n")[0] ?? "";
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

export class Killers {
  /** One for all: it keeps what it has compiled of the files that no mutant changes. */
  private vitest: Vitest | null = null;

  constructor(private readonly folder: string) {}

  async ask(killer: Killer): Promise<Verdict> {
    return killer.kind === "fuzz" ? this.fuzz() : this.test(killer);
  }

  /** Whenever the copy changes. */
  forget(files: string[]): void {
    for (const file of files) this.vitest?.invalidateFile(path.join(this.folder, file));
  }

  async close(): Promise<void> {
    await this.vitest?.close();
  }

  private async beginAnew(): Promise<void> {
    await this.close();
    this.vitest = null;
  }

  private fuzz(): Promise<Verdict> {
    const args = ["--import", "tsx", "src/local/fuzz.ts", "--runs", FUZZ_RUNS, "--seed", FUZZ_SEED];
    return new Promise((resolve) => {
      execFile(process.execPath, args, { cwd: this.folder, timeout: LONGEST_MS }, (error, _, stderr) => {
        if (!error) return resolve({ kind: "alive" });
        const breach = stderr.split("\n").find((line) => BROKEN_INVARIANT.test(line));
        resolve(breach ? { kind: "killed", by: `fuzz: ${breach}` } : { kind: "unproved", why: firstLine(stderr) });
      });
    });
  }

  private async start(): Promise<Vitest> {
    const vitest = await createVitest("test", {
      root: this.folder,
      watch: false,
      reporters: [{}],
      bail: 1,
      maxWorkers: 1,
      silent: true,
    });
    await vitest.standalone();
    return vitest;
  }

  /** Null when it took too long: what hangs is left behind, and the next killer begins anew. */
  private async inTime<T>(run: Promise<T>): Promise<T | null> {
    const late = new AbortController();
    const limit = setTimeout(LONGEST_MS, null, { signal: late.signal }).catch(() => null);
    const done = await Promise.race([run, limit]);
    late.abort();
    if (done === null) {
      void this.vitest?.close();
      this.vitest = null;
    }
    return done;
  }

  private async test(killer: TestKiller): Promise<Verdict> {
    // What the host's tests ask is pushed once a run: it would be the last mutant's.
    if (killer.project === "local host") await this.beginAnew();
    this.vitest ??= await this.start();
    const project = this.vitest.projects.find(({ name }) => name === killer.project);
    if (!project) return { kind: "unproved", why: `no project ${killer.project}` };
    if (killer.test) this.vitest.setGlobalTestNamePattern(escaped(killer.test));
    else this.vitest.resetGlobalTestNamePattern();
    const moduleId = path.join(this.folder, killer.file);
    const specification = project.createSpecification(moduleId);
    const run = await this.inTime(this.vitest.runTestSpecifications([specification]));
    if (run === null) return { kind: "unproved", why: `no answer within ${LONGEST_MS / 60_000} minutes` };
    const unhandled = run.unhandledErrors.map((error) => String((error as Error).message ?? error));
    // What earlier mutants' tests said is told as well.
    const own = run.testModules.filter((module) => module.moduleId === moduleId && module.project === project);
    return verdictOf(killer, own, unhandled);
  }
}

function verdictOf(killer: TestKiller, modules: TestModule[], unhandled: string[]): Verdict {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const failures = tests.flatMap((test) => {
    const result = test.result();
    return result.state === "failed"
      ? result.errors.map(({ name, message }) => ({ test: test.name, text: `${name}: ${message}` }))
      : [];
  });
  const noticed = failures.find(({ text }) => ASSERTION.test(text));
  if (noticed) return { kind: "killed", by: `${told(killer)}: ${noticed.test}` };
  const others = [
    ...failures.map(({ text }) => text),
    ...modules.flatMap((module) => module.errors().map(({ message }) => message)),
    ...unhandled,
  ];
  if (others[0] !== undefined) return { kind: "unproved", why: firstLine(others[0]) };
  if (!tests.some((test) => test.result().state === "passed"))
    return { kind: "unproved", why: `no such test: ${told(killer)}` };
  return { kind: "alive" };
}
