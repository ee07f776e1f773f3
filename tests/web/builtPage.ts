/**
 * The page as it is published: built by Vite, weighed, and served as docs/web.md tells whoever hosts it. Journeys are given
 * it as developers have it: the same sources in as few files, with React's warnings.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { deserialize, serialize } from "node:v8";
import { build } from "vite";
import { vi } from "vitest";
import { CONTROLS_PATH } from "../../src/domain/localControls";
import type { Chunk } from "../../src/local/bench/pageWeight";
import { controlsOfPage } from "../../src/local/controls";
import type { WebConfig } from "../../src/web/config";
import { prepared } from "../engines/prepared";

const ROOT = path.resolve(import.meta.dirname, "../..");

export interface BuiltPage {
  chunks: Chunk[];
  files: Map<string, Uint8Array>;
  warnings: string[];
}

/** Of Vite, which takes it for React's as well. */
type Mode = "production" | "development";

export async function buildPage(mode: Mode = "production"): Promise<BuiltPage> {
  const warnings: string[] = [];
  vi.stubEnv("NODE_ENV", mode);
  const result = await build({
    configFile: path.join(ROOT, "vite.config.ts"),
    mode,
    logLevel: "silent",
    build: {
      write: false,
      minify: mode === "production",
      rollupOptions: { onwarn: ({ message }) => void warnings.push(message) },
    },
  }).finally(() => vi.unstubAllEnvs());
  if (Array.isArray(result) || !("output" in result)) throw new Error("One build has one output.");
  const files = new Map(
    result.output.map((file) => [file.fileName, Buffer.from(file.type === "chunk" ? file.code : file.source)]),
  );
  files.set("icon.svg", readFileSync(path.join(ROOT, "src/web/public/icon.svg")));
  return { chunks: result.output.flatMap((file) => (file.type === "chunk" ? [file] : [])), files, warnings };
}

/** The page with React's warnings, built once a run. */
export async function filesForDevelopers(): Promise<BuiltPage["files"]> {
  const folder = await prepared("page", async (folder) => {
    const { files } = await buildPage("development");
    writeFileSync(path.join(folder, "files"), serialize(files));
  });
  return deserialize(readFileSync(path.join(folder, "files"))) as BuiltPage["files"];
}

/** The header that docs/web.md proposes, for this configuration. */
function contentSecurityPolicy({ convexUrl, stacksApiUrl }: WebConfig): string {
  const guide = readFileSync(path.join(ROOT, "docs/web.md"), "utf8");
  const [, proposed] = /^Content-Security-Policy: (.+)$/m.exec(guide) ?? [];
  if (!proposed) throw new Error("docs/web.md proposes no Content-Security-Policy.");
  return proposed
    .replace("https://CONVEX", convexUrl)
    .replace("wss://CONVEX", convexUrl.replace(/^http/, "ws"))
    .replace("https://STACKS_API", stacksApiUrl);
}

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** As any static host with a fallback to index.html for addresses that are no files. */
export async function servePage(files: BuiltPage["files"], config: WebConfig) {
  const policy = contentSecurityPolicy(config);
  const controls = controlsOfPage(config);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://page");
    response.setHeader("content-security-policy", policy);
    if (pathname.startsWith(`${CONTROLS_PATH}/`)) return void controls(request, response);
    if (pathname === "/config.json") {
      return response.setHeader("content-type", "application/json").end(JSON.stringify(config));
    }
    const name = files.has(pathname.slice(1)) ? pathname.slice(1) : "index.html";
    response.setHeader("content-type", TYPES[path.extname(name)] ?? "application/octet-stream");
    response.end(files.get(name));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
