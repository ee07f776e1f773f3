/**
 * `npm run screenshots [-- names]`: makes the pictures of docs/screenshots anew, all or those named, of a vault in which
 * something has happened. Needs Debian's chromium.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "playwright-core";
import { PROJECT_ROOT, startLocalStack } from "../../src/local/stack";
import { hasBrowser, launchBrowser } from "./browser";
import { choose, region, signIn } from "./journeys/acts";
import { backendOf } from "./journeys/backstage";
import { playScene } from "./scene";

const FOLDER = path.join(PROJECT_ROOT, "docs/screenshots");
const MOST_BYTES = 150_000;
const WIDE = { width: 1200, height: 800 };
const PHONE = { width: 390, height: 800 };
/** Charts are drawn, fonts are there. */
const REST_MS = 1_500;

interface Picture {
  name: string;
  address: string;
  wallet: string | null;
  colorScheme?: "light" | "dark";
  viewport?: { width: number; height: number };
  before?: (page: Page) => Promise<void>;
}

const typeQuote = async (page: Page) => {
  const form = region(page, "Buy protection");
  await choose(form.getByRole("radio", { name: "STX", exact: true }));
  await form.getByRole("button", { name: "90% of it" }).click();
  await page.getByText("Break-even").first().waitFor();
};

const picturesOf = (policyId: bigint): Picture[] => [
  { name: "pool", address: "/", wallet: null },
  { name: "portfolio", address: "/portfolio", wallet: "wallet_1" },
  { name: "portfolio-dark", address: "/portfolio", wallet: "wallet_1", colorScheme: "dark" },
  { name: "portfolio-phone", address: "/portfolio", wallet: "wallet_1", viewport: PHONE },
  { name: "deposit", address: "/deposit?token=STX&tier=Balanced&amount=5000", wallet: "wallet_1" },
  { name: "policies", address: "/policies", wallet: "wallet_2", before: typeQuote },
  { name: "policy", address: `/policies/${policyId}`, wallet: null },
  { name: "history", address: "/history", wallet: "wallet_1" },
  { name: "operations", address: "/operations", wallet: "deployer" },
  { name: "local", address: "/local", wallet: null },
];

async function take(page: Page, url: string, { name, address, wallet, before }: Picture): Promise<void> {
  if (wallet) {
    await page.goto(`${url}/portfolio`);
    await signIn(page, wallet);
    await region(page, "Sign in").waitFor({ state: "detached" });
  }
  await page.goto(url + address);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await before?.(page);
  await page.waitForTimeout(REST_MS);
  const file = path.join(FOLDER, `${name}.png`);
  await page.screenshot({ path: file, animations: "disabled" });
  const { size } = statSync(file);
  if (size > MOST_BYTES) throw new Error(`${file} has ${size} bytes, more than ${MOST_BYTES}: show less of the page.`);
  console.log(`${path.relative(PROJECT_ROOT, file)}  ${Math.round(size / 1_000)} kB`);
}

async function main(): Promise<void> {
  if (!hasBrowser()) return;
  const stateDir = mkdtempSync(path.join(tmpdir(), "bithedge-screenshots-"));
  const ports = { stacks: 0, convex: 0, convexSite: 0, web: 0 };
  const stack = await startLocalStack({ stateDir, ports, node: { control: true } });
  const browser = await launchBrowser();
  try {
    const { policyId } = await playScene(
      stack,
      backendOf(() => stack),
    );
    mkdirSync(FOLDER, { recursive: true });
    const wanted = process.argv.slice(2);
    for (const picture of picturesOf(policyId)) {
      if (wanted.length > 0 && !wanted.includes(picture.name)) continue;
      const { viewport = WIDE, colorScheme = "light" } = picture;
      const page = await browser.newPage({ viewport, colorScheme, reducedMotion: "reduce" });
      page.setDefaultTimeout(60_000);
      await take(page, stack.urls.web as string, picture);
      await page.close();
    }
  } finally {
    await browser.close();
    await stack.close();
    rmSync(stateDir, { recursive: true, force: true });
  }
}

await main();
process.exit();
