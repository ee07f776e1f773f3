import { defineConfig } from "vitest/config";

const jsonReport = process.env.VITEST_JSON;

export default defineConfig({
  test: {
    include: ["tests/**/*.test.{ts,tsx}"],
    pool: "forks",
    // The local host evaluates pushed modules in a node:vm context of their own.
    execArgv: ["--experimental-vm-modules", "--no-warnings"],
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: jsonReport ? ["default", "json"] : ["default"],
    ...(jsonReport ? { outputFile: { json: jsonReport } } : {}),
  },
});
