/** Convex's own client in a real browser, whose host is killed and started again under its subscriptions. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import esbuild from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, launchBrowser, openPage } from "../../web/browser";
import { HostProcess } from "./hostProcess";
import { notes } from "./hostUnderTest";

/** The page: two live queries whose results are kept, and a mutation whose fate is. */
const PAGE = `
  import { ConvexClient } from "convex/browser";
  import { anyApi } from "convex/server";
  const client = new ConvexClient(location.hash.slice(1));
  const seen = { counts: [], lists: [], added: [] };
  client.onUpdate(anyApi.notes.count, { list: "page" }, (count) => seen.counts.push(count));
  client.onUpdate(anyApi.notes.list, { list: "page" }, (list) => seen.lists.push(list.map(({ text }) => text)));
  const add = (text) => client.mutation(anyApi.notes.add, { list: "page", text })
    .then((length) => seen.added.push(text + " " + length), (error) => seen.added.push(String(error)));
  Object.assign(window, { seen, add });`;

interface Seen {
  counts: number[];
  lists: string[][];
  added: string[];
}

/** A new connection is told of every result once more, and may be told before the mutation that was sent again has run. */
function changesOf<Result>(results: Result[]): Result[] {
  return results.filter((result, i) => i === 0 || JSON.stringify(result) !== JSON.stringify(results[i - 1]));
}

describe.runIf(hasBrowser())("a browser", () => {
  let killable: HostProcess;
  let server: Server;
  let browser: Browser;
  let page: Page;
  let errors: string[];

  beforeAll(async () => {
    const options = { bundle: true, format: "iife", platform: "browser", write: false } as const;
    const { outputFiles } = await esbuild.build({ ...options, stdin: { contents: PAGE, resolveDir: process.cwd() } });
    const html = `<!doctype html><title>A page</title><script>${outputFiles[0]?.text}</script>`;
    killable = await HostProcess.deployed();
    await killable.start();
    browser = await launchBrowser();
    server = createServer((_request, response) => response.setHeader("content-type", "text/html").end(html));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    ({ page, errors } = await openPage(browser, `http://127.0.0.1:${port}/#${killable.host.handle.url}`));
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    server?.close();
    await killable?.remove();
  });

  const seen = () => page.evaluate(() => (window as unknown as { seen: Seen }).seen);
  const add = (text: string) =>
    page.evaluate((note) => void (window as unknown as { add(t: string): void }).add(note), text);

  test("comes back to its subscriptions, and its mutation of the meantime is done once", async () => {
    const within = { timeout: 120_000 };
    // A mutation that were sent before the first results have come could be in them.
    await expect.poll(async () => [(await seen()).counts, (await seen()).lists], within).toEqual([[0], [[]]]);
    await add("first");
    await expect.poll(async () => (await seen()).added, within).toEqual(["first 5"]);
    await expect.poll(async () => (await seen()).lists.at(-1), within).toEqual(["first"]);

    await killable.kill();
    await add("meanwhile");
    await page.waitForTimeout(300);
    expect((await seen()).added).toEqual(["first 5"]);
    await killable.start();
    await expect.poll(async () => (await seen()).added, within).toEqual(["first 5", "meanwhile 9"]);
    await killable.host.http().mutation(notes.add, { list: "page", text: "by another" });

    const texts = ["first", "meanwhile", "by another"];
    await expect.poll(async () => (await seen()).lists.at(-1), within).toEqual(texts);
    const { counts, lists } = await seen();
    expect(changesOf(counts)).toEqual([0, 1, 2, 3]);
    expect(changesOf(lists)).toEqual([[], ["first"], ["first", "meanwhile"], texts]);
    expect(errors).toEqual([]);
  });
});
