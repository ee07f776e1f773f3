/**
 * Serves the web page of the local stack: Vite from source, on this machine only, with the page's configuration from
 * memory. Unless it is asked for, there is no hot reload, so that an open page outlives a restart of the stack with what was
 * typed into it.
 */
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createServer, type Plugin } from "vite";
import { CONTROLS_PATH } from "../domain/localControls";
import type { WebConfig } from "../web/config";
import { controlsOfPage } from "./controls";

const PROJECT_ROOT = fileURLToPath(new URL("../../", import.meta.url));
const inProject = (...folders: string[]) => folders.map((folder) => path.join(PROJECT_ROOT, folder));

/** Pre-bundled before the first request, so that no page load finds a new package and starts over. */
const PACKAGES = [
  "@base-ui/react/dialog",
  "@base-ui/react/menu",
  "@base-ui/react/meter",
  "@base-ui/react/popover",
  "@base-ui/react/select",
  "@base-ui/react/slider",
  "@base-ui/react/switch",
  "@base-ui/react/tabs",
  "@base-ui/react/toast",
  "@stacks/connect",
  "@stacks/encryption",
  "@stacks/transactions",
  "@tanstack/react-table",
  "convex/react",
  "convex/server",
  "convex/values",
  "lucide-react",
  "react",
  "react-dom/client",
  "react/jsx-dev-runtime",
  "react/jsx-runtime",
  "react-hook-form",
  "recharts",
  "wouter",
  "zod",
];

/**
 * `/config.json` from memory. It holds the local wallets' keys: never cached, and no header that would let another
 * origin read it.
 */
function configRoute(config: WebConfig): Plugin {
  const body = JSON.stringify(config);
  return {
    name: "bithedge-config",
    configureServer(server) {
      server.middlewares.use("/config.json", (_request, response) => {
        response.setHeader("content-type", "application/json");
        response.setHeader("cache-control", "no-store");
        response.end(body);
      });
    },
  };
}

/** What the page does to the market and the clock, where there are any. */
function controlRoutes(config: WebConfig): Plugin {
  const controls = controlsOfPage(config);
  return {
    name: "bithedge-controls",
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        if (!request.url?.startsWith(`${CONTROLS_PATH}/`)) return next();
        void controls(request, response);
      });
    },
  };
}

/** All that modules ask of Vite's client: to put their styles on the page. */
const STYLES_ONLY = `
const sheets = new Map();
export function updateStyle(id, css) {
  const sheet = sheets.get(id) ?? document.createElement("style");
  sheet.textContent = css;
  document.head.append(sheet);
  sheets.set(id, sheet);
}
export function removeStyle(id) {
  sheets.get(id)?.remove();
  sheets.delete(id);
}
export const createHotContext = () => ({ accept() {}, dispose() {}, prune() {}, on() {}, invalidate() {} });
export const injectQuery = (url) => url;
`;

/** Vite's own client would look for its hot-reload socket for ever, and reload the page when the stack restarts. */
const withoutViteClient: Plugin = {
  name: "bithedge-without-vite-client",
  transformIndexHtml: {
    order: "post",
    handler: (html) => html.replace(/<script type="module" src="\/@vite\/client"><\/script>/, ""),
  },
  configureServer(server) {
    server.middlewares.use("/@vite/client", (_request, response) => {
      response.setHeader("content-type", "text/javascript");
      response.end(STYLES_ONLY);
    });
  },
};

/** What a saved source of the page does to an open one. */
export type PageMode = "kept" | "reloaded";

export async function startWeb(options: {
  port: number;
  config: WebConfig;
  /** `kept` if left out. */
  page?: PageMode;
}): Promise<{ url: string; close(): Promise<void> }> {
  const host = "127.0.0.1";
  const isKept = options.page !== "reloaded";
  const ownListeners = process.listeners("SIGTERM");
  const server = await createServer({
    configFile: path.join(PROJECT_ROOT, "vite.config.ts"),
    clearScreen: false,
    logLevel: "warn",
    plugins: [configRoute(options.config), controlRoutes(options.config), ...(isKept ? [withoutViteClient] : [])],
    optimizeDeps: { include: PACKAGES, noDiscovery: true },
    server: {
      host,
      port: options.port,
      strictPort: true,
      ...(isKept ? { hmr: false as const, ws: false as const } : {}),
      // Nothing else of this machine, nor the stack's own state with its keys.
      fs: { strict: true, allow: inProject("src/web", "src/domain", "convex/_generated", "node_modules") },
    },
  });
  // Vite would end the process at once, before chain and database are closed: how it ends is the stack's to say.
  for (const listener of process.listeners("SIGTERM")) {
    if (!ownListeners.includes(listener)) process.off("SIGTERM", listener);
  }
  await server.listen();
  const address = server.httpServer?.address();
  if (!address || typeof address === "string") throw new Error("The web server has no port.");
  return { url: `http://${host}:${address.port}`, close: () => server.close() };
}
