/** Chromium as the browser tests drive it, and their screenshots (`.cache/screenshots/`). */
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

const EXECUTABLE = "/usr/bin/chromium";
const SCREENSHOTS = path.resolve(import.meta.dirname, "../../.cache/screenshots");

/** Whether there is a browser to test with. Where there has to be one (`REQUIRE_BROWSER=1`), its absence is an error. */
export function hasBrowser(): boolean {
  if (existsSync(EXECUTABLE)) return true;
  if (process.env.REQUIRE_BROWSER === "1") throw new Error(`REQUIRE_BROWSER=1, and there is no ${EXECUTABLE}.`);
  console.warn(`\nSKIPPED: the browser tests. There is no ${EXECUTABLE}; install chromium to run them.\n`);
  return false;
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: EXECUTABLE,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A page of its own tab and storage. What goes wrong inside it is collected in `errors`. */
export async function openPage(browser: Browser, url: string, setUp: (page: Page) => Promise<void> = async () => {}) {
  // Nothing is to turn or breathe: Chromium would draw sixty frames a second for it.
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce" });
  page.setDefaultTimeout(60_000);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  await setUp(page);
  await page.goto(url);
  return { page, errors };
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: path.join(SCREENSHOTS, `${name}.png`), fullPage: true });
}
