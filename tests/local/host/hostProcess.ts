/** A host in a process of its own, on the port and database of a `HostUnderTest` that has stopped serving: it can be killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import esbuild from "esbuild";
import { ADMIN_KEY, HostUnderTest } from "./hostUnderTest";

/** Within the project, so that the packages are found. */
const CACHE = path.resolve(".cache");

export class HostProcess {
  #running: ChildProcess | null = null;

  private constructor(
    readonly host: HostUnderTest,
    private readonly program: string,
  ) {}

  /** Deployed, and not running yet. */
  static async deployed(): Promise<HostProcess> {
    mkdirSync(CACHE, { recursive: true });
    const program = path.join(mkdtempSync(path.join(CACHE, "host-")), "host.mjs");
    await esbuild.build({
      stdin: {
        contents: `import { startHost } from "./src/local/host/host";
          await startHost(JSON.parse(process.argv[2]));
          process.send("ready");`,
        resolveDir: process.cwd(),
      },
      outfile: program,
      bundle: true,
      format: "esm",
      platform: "node",
      packages: "external",
    });
    const host = await HostUnderTest.deployed();
    const { handle } = host;
    await handle.close();
    host.handle = { ...handle, close: async () => {} };
    return new HostProcess(host, program);
  }

  async start(): Promise<void> {
    const { folder, handle } = this.host;
    const ports = { port: Number(new URL(handle.url).port), sitePort: Number(new URL(handle.siteUrl).port) };
    const options = { databaseFile: path.join(folder, "data.sqlite"), adminKey: ADMIN_KEY, ...ports };
    const flags = ["--experimental-vm-modules", "--no-warnings", this.program, JSON.stringify(options)];
    const started = spawn(process.execPath, flags, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#running = started;
    await new Promise((resolve, reject) => {
      started.once("message", resolve);
      started.once("exit", (code) => reject(new Error(`The host ended with ${code}.`)));
    });
  }

  async kill(): Promise<void> {
    const running = this.#running;
    if (running === null) return;
    this.#running = null;
    const ended = new Promise((resolve) => running.once("exit", resolve));
    running.kill("SIGKILL");
    await ended;
  }

  async remove(): Promise<void> {
    await this.kill();
    await this.host.stop();
    rmSync(path.dirname(this.program), { recursive: true });
  }
}
