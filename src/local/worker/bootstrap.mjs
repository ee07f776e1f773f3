/** A worker's first file: plain JavaScript, because Node 20 applies no TypeScript loader to a worker's entry. */
import { register } from "tsx/esm/api";

register();
await import("./thread.ts");
