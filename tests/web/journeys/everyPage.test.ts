/** What is asked of every page: axe finds nothing serious, it fits a phone, it obeys the system, it has a name. */
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { overhang, violationsOf } from "../accessibility";
import { hasBrowser } from "../browser";
import { everyAddress } from "../everyPage";
import { playScene, type Scene } from "../scene";
import { signIn } from "./acts";
import { openStage, type Stage, type Visitor } from "./stage";

let stage: Stage;
let scene: Scene;

/** Two looks with all rules, and in the other theme of each window what depends on colours. */
const COLOURS = { runOnly: ["color-contrast"] };
const LOOKS = [
  { width: 1280, colorScheme: "light", rules: undefined },
  { width: 1280, colorScheme: "dark", rules: COLOURS },
  { width: 390, colorScheme: "light", rules: COLOURS },
  { width: 390, colorScheme: "dark", rules: undefined },
] as const;
const NARROWEST = 360;

async function settled({ page }: Visitor) {
  await page.getByRole("heading", { level: 1 }).waitFor();
  // What is read is there: no placeholder says that it still is.
  await page
    .getByText(/^Reading .* …$/)
    .first()
    .waitFor({ state: "detached" });
}

type Way = (visitor: Visitor, address: string) => Promise<void>;

/** Loads everything anew. */
const typed: Way = ({ visit }, address) => visit(address);

/** As a link of the page goes: nothing is loaded anew. Each page has a title of its own. */
const linked: Way = async ({ page }, address) => {
  const before = await page.title();
  await page.evaluate((to) => history.pushState(null, "", to), address);
  await page.waitForFunction((left) => document.title !== left, before);
};

async function faultsOf(visitor: Visitor, address: string, way: Way): Promise<string[]> {
  const { page } = visitor;
  await way(visitor, address);
  await settled(visitor);
  const found: string[] = [];
  for (const { width, colorScheme, rules } of LOOKS) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const violations = await violationsOf(page, rules);
    found.push(...violations.map((violation) => `${address} at ${width}, ${colorScheme}: ${violation}`));
  }
  await page.setViewportSize({ width: NARROWEST, height: 800 });
  const beyond = await overhang(page);
  if (beyond > 0) found.push(`${address}: sticks out of ${NARROWEST} px by ${beyond}`);
  const title = await page.title();
  if (!title.includes(" · ")) found.push(`${address}: the tab says only "${title}"`);
  return found;
}

/** Each fault once, however many pages have it. */
async function faultsOfAll(visitor: Visitor, way: Way): Promise<string[]> {
  const found: string[] = [];
  for (const address of everyAddress(String(scene.policyId))) found.push(...(await faultsOf(visitor, address, way)));
  return found;
}

describe.runIf(hasBrowser())("every page", { timeout: 900_000 }, () => {
  beforeAll(async () => {
    vi.spyOn(console, "log").mockImplementation(() => {});
    stage = await openStage();
    scene = await playScene(stage.stack, stage.backend);
  });
  afterAll(() => stage?.close());

  test("axe and the window's measure see what is wrong, or what follows would prove nothing", async () => {
    const { page, close } = await stage.enter("/");
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.evaluate(() => {
      document
        .querySelector("main")
        ?.insertAdjacentHTML(
          "beforeend",
          '<button></button><p style="color: #bbb; background: #fff; width: 2000px">hardly to be read</p>',
        );
    });
    expect((await violationsOf(page)).map((violation) => violation.split(":")[0])).toEqual([
      "button-name",
      "color-contrast",
    ]);
    expect(await overhang(page)).toBeGreaterThan(0);
    await close();
  });

  test("is for everybody, signed out", async () => {
    const visitor = await stage.enter("/");
    expect(await faultsOfAll(visitor, typed)).toEqual([]);
    expect(visitor.errors).toEqual([]);
    await visitor.close();
  });

  test.each(["wallet_1", "wallet_2", "deployer"])("is for everybody, signed in as %s", async (wallet) => {
    const visitor = await stage.enter("/portfolio");
    await signIn(visitor.page, wallet);
    const isSignedIn = { name: "Sign out or switch wallet", includeHidden: true };
    await visitor.page.getByRole("button", isSignedIn).waitFor({ state: "attached" });
    expect(await faultsOfAll(visitor, linked)).toEqual([]);
    expect(visitor.errors).toEqual([]);
    await visitor.close();
  });
});
