/** The page's production build (dist/web); the local stack serves it from source instead. */
import { defineConfig } from "vite";
import { pageBuild } from "./src/local/web";

export default defineConfig(pageBuild);
