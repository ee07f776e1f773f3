import { cp, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { generateConvexCode } from "../../src/local/convexCode";
import { PROJECT_ROOT } from "../../src/local/stack";

async function generated(root: string): Promise<Record<string, string>> {
  const folder = path.join(root, "convex/_generated");
  const files = (await readdir(folder)).sort();
  return Object.fromEntries(
    await Promise.all(files.map(async (f) => [f, await readFile(path.join(folder, f), "utf8")])),
  );
}

test("convex/_generated is what the official CLI makes of convex/ now", async () => {
  const copy = await mkdtemp(path.join(tmpdir(), "bithedge-generated-"));
  try {
    for (const part of ["convex", "src", "package.json", "tsconfig.json"]) {
      await cp(path.join(PROJECT_ROOT, part), path.join(copy, part), { recursive: true });
    }
    await rm(path.join(copy, "convex/_generated"), { recursive: true });
    await symlink(path.join(PROJECT_ROOT, "node_modules"), path.join(copy, "node_modules"));
    await generateConvexCode(copy);
    expect(await generated(copy)).toEqual(await generated(PROJECT_ROOT));
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
});
