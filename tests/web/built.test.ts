/** The page as it is published: what it weighs, what it loads when, and that it runs under its Content-Security-Policy. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Chunk,
  compressedBytes,
  FIRST_PAGE_BYTES,
  firstPage,
  ownBytes,
  PAGE_BYTES,
  pageChunks,
} from "../../src/local/bench/pageWeight";
import { ROUTES } from "../../src/web/routes";
import { hasBrowser } from "./browser";
import { type BuiltPage, buildPage, servePage } from "./builtPage";
import { deposit, shows, signIn } from "./journeys/acts";
import { openStage, type Stage } from "./journeys/stage";

let page: BuiltPage;
beforeAll(async () => {
  page = await buildPage();
}, 120_000);

const nameOf = ({ facadeModuleId, fileName }: Chunk) => facadeModuleId?.split("/src/web/")[1] ?? fileName;

test("the first page needs at most 250 kB of compressed script, none of it for signing, charts or wallets", () => {
  const first = firstPage(page);
  const bytes = compressedBytes(first);
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThanOrEqual(FIRST_PAGE_BYTES);
  const modules = [...first].flatMap(({ moduleIds }) => moduleIds);
  expect(modules.filter((id) => /node_modules\/(@stacks|recharts|d3-|@noble|@reown|viem)/.test(id))).toEqual([]);
});

test("every page is a chunk of its own, and none is heavy", () => {
  const names = pageChunks(page).map(nameOf);
  expect(names.length).toBeGreaterThanOrEqual(ROUTES.length);
  const heavy = pageChunks(page).flatMap((chunk) => {
    const bytes = ownBytes(page, chunk);
    return bytes > PAGE_BYTES ? [`${nameOf(chunk)}: ${bytes}`] : [];
  });
  expect(heavy).toEqual([]);
});

/** What comes with wallets looks for a Node module where there is one. */
const HARMLESS = /"node:worker_threads" has been externalized .*\/node_modules\/ox\//;

test("the build warns of nothing", () => {
  expect(page.warnings.filter((warning) => !HARMLESS.test(warning))).toEqual([]);
});

describe.runIf(hasBrowser())("served by any static host", { timeout: 240_000 }, () => {
  let stage: Stage;
  let host: Awaited<ReturnType<typeof servePage>>;
  beforeAll(async () => {
    stage = await openStage();
    host = await servePage(page.files, stage.stack.config);
  });
  afterAll(async () => {
    host?.close();
    await stage?.close();
  });

  test("it signs in, deposits and finds its pages again, under its Content-Security-Policy", async () => {
    const visitor = await stage.enter("/");
    await visitor.page.goto(`${host.url}/deposit`);
    await signIn(visitor.page, "wallet_1");
    await deposit(visitor.page, { token: "STX", tier: "Balanced", amount: "12.5" });
    await visitor.page.goto(`${host.url}/portfolio`);
    await shows(visitor.page, "12.5");
    expect(visitor.errors).toEqual([]);
    await visitor.close();
  });
});
