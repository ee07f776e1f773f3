/** The web page: its production build (dist/web), and what the local stack's server (src/local/web.ts) shares with it. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const inProject = (folder: string) => fileURLToPath(new URL(folder, import.meta.url));

const { version } = JSON.parse(readFileSync(inProject("package.json"), "utf8")) as { version: string };

export default defineConfig({
  define: { "import.meta.env.VITE_VERSION": JSON.stringify(version) },
  root: inProject("src/web"),
  plugins: [react()],
  build: { outDir: inProject("dist/web"), emptyOutDir: true },
});
