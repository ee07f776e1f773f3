/** The web page: its production build (dist/web), and what the local stack's server (src/local/web.ts) shares with it. */
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const inProject = (folder: string) => fileURLToPath(new URL(folder, import.meta.url));

export default defineConfig({
  root: inProject("src/web"),
  plugins: [react()],
  build: { outDir: inProject("dist/web"), emptyOutDir: true },
});
