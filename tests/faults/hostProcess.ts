/** A Convex host in a process of its own, which can be killed at a failpoint and started again on its database and ports. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import esbuild from "esbuild";
import type { Failpoint } from "./failpoint";

/** Within the project, so that the packages are found. */
const CACHE = path.resolve(".cache");
/** Code of some packages asks for the builtins as CommonJS does. */
const REQUIRE = 'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);';
const FAILPOINT = path.join(import.meta.dirname, "failpoint.ts");

function failingSqlite(build: esbuild.PluginBuild): void {
  build.onResolve({ filter: /^@photostructure\/sqlite$/ }, ({ path: real, importer }) =>
    importer === FAILPOINT ? { path: real, external: true } : { path: FAILPOINT },
  );
}

export class HostProcess {
  readonly #folder: string;
  #running: ChildProcess | null = null;
  #ended: Promise<NodeJS.Signals | null> = Promise.resolve(null);
  urls = { url: "", siteUrl: "" };

  constructor(private readonly options: { databaseFile: string; adminKey: string }) {
    mkdirSync(CACHE, { recursive: true });
    this.#folder = mkdtempSync(path.join(CACHE, "faults-"));
  }

  /** With the packages in it: to read and resolve them one by one is half the work of a start, and of starts there are many. */
  async build(): Promise<void> {
    await esbuild.build({
      entryPoints: [path.join(import.meta.dirname, "hostProgram.ts")],
      outfile: path.join(this.#folder, "host.mjs"),
      bundle: true,
      format: "esm",
      platform: "node",
      banner: { js: REQUIRE },
      plugins: [{ name: "SQLite with a failpoint", setup: failingSqlite }],
    });
  }

  /** On the ports that it had, if it ran before. */
  async start({
    aheadMs = 0,
    failpoint = null,
  }: {
    aheadMs?: number;
    failpoint?: Failpoint | null;
  } = {}): Promise<void> {
    const [port, sitePort] = [this.urls.url, this.urls.siteUrl].map((url) => (url ? Number(new URL(url).port) : 0));
    const given = { ...this.options, port, sitePort, aheadMs, failpoint, synchronous: "NORMAL" };
    const flags = ["--experimental-vm-modules", "--no-warnings", path.join(this.#folder, "host.mjs")];
    const started = spawn(process.execPath, [...flags, JSON.stringify(given)], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#running = started;
    this.#ended = new Promise((resolve) => started.once("exit", (_code, signal) => resolve(signal)));
    await new Promise<void>((resolve) => {
      started.once("message", (urls) => {
        this.urls = urls as HostProcess["urls"];
        resolve();
      });
      // Killed before it was ready: whoever armed it finds it ended.
      started.once("exit", () => resolve());
    });
  }

  arm(failpoint: Failpoint): void {
    this.#running?.send(failpoint);
  }

  /** The signal that ended it. */
  get ended(): Promise<NodeJS.Signals | null> {
    return this.#ended;
  }

  async kill(): Promise<void> {
    this.#running?.kill("SIGKILL");
    await this.#ended;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
