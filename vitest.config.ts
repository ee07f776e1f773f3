import { defineConfig } from "vitest/config";

const jsonReport = process.env.VITEST_JSON;

const TESTS = ["tests/**/*.test.{ts,tsx}"];
/** The backend's functions are tested once on each engine that can run them. */
const BACKEND_TESTS = ["tests/convex/**/*.test.ts", "tests/simulation/**/*.test.ts"];

export default defineConfig({
  test: {
    projects: [
      { extends: true, test: { name: "suite", include: TESTS, exclude: BACKEND_TESTS } },
      { extends: true, test: { name: "convex-test", include: BACKEND_TESTS, provide: { engine: "convex-test" } } },
      {
        extends: true,
        test: {
          name: "local host",
          include: BACKEND_TESTS,
          provide: { engine: "local host" },
          globalSetup: "tests/engines/pushed.ts",
        },
      },
    ],
    pool: "forks",
    // The local host evaluates pushed modules in a node:vm context of their own.
    execArgv: ["--experimental-vm-modules", "--no-warnings"],
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    reporters: jsonReport ? ["default", "json"] : ["default"],
    ...(jsonReport ? { outputFile: { json: jsonReport } } : {}),
  },
});
