/**
 * What of a guide is run: its blocks of `sh`, in order. A block of `text` right behind one shows what that prints, to the
 * end: `…` within a line stands for anything, on a line of its own for any lines. A block of `sh elsewhere` is not run: it
 * needs another network or machine, or a terminal of its own.
 */

export interface Block {
  /** Of its first command, from 1 on. */
  line: number;
  script: string;
  /** Null: the guide does not show what it prints. */
  shown: { line: number; lines: string[] } | null;
}

export interface Guide {
  blocks: Block[];
  /** Lines at which blocks begin that are not run. */
  elsewhere: number[];
}

interface Fence {
  info: string;
  /** Of the first line within it. */
  line: number;
  lines: string[];
  /** Nothing but blank lines since the fence before. */
  follows: boolean;
}

const KINDS = ["sh", "sh elsewhere", "text", "ts", "json", "ini"];

function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = [];
  let open: Fence | null = null;
  let follows = false;
  for (const [n, line] of markdown.split("\n").entries()) {
    if (open && line === "```") {
      fences.push(open);
      [open, follows] = [null, true];
    } else if (open) {
      open.lines.push(line);
    } else if (line.startsWith("```")) {
      open = { info: line.slice(3), line: n + 2, lines: [], follows };
    } else if (line.trim() !== "") {
      follows = false;
    }
  }
  if (open) throw new Error(`The block that begins at line ${open.line - 1} does not end.`);
  return fences;
}

/** @throws if it has a block of a kind that nobody would run, such as a mistyped one */
export function readGuide(markdown: string): Guide {
  const guide: Guide = { blocks: [], elsewhere: [] };
  let before: Fence | null = null;
  for (const fence of fencesOf(markdown)) {
    const { info, line, lines } = fence;
    if (!KINDS.includes(info))
      throw new Error(`Line ${line - 1}: a block of "${info}"; use one of ${KINDS.join(", ")}.`);
    if (info === "sh") guide.blocks.push({ line, script: lines.join("\n"), shown: null });
    if (info === "sh elsewhere") guide.elsewhere.push(line);
    const ran = guide.blocks.at(-1);
    if (info === "text" && fence.follows && before?.info === "sh" && ran) ran.shown = { line, lines };
    before = fence;
  }
  return guide;
}

function lineFits(shown: string, printed: string): boolean {
  const parts = shown.trimEnd().split("…");
  const pattern = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*");
  return new RegExp(`^${pattern}$`).test(printed.trimEnd());
}

/** Whether the printed lines from `at` on are what is shown from `from` on. */
function fits(shown: string[], printed: string[], from = 0, at = 0): boolean {
  const line = shown[from];
  if (line === undefined) return at === printed.length;
  if (line.trim() === "…") {
    return fits(shown, printed, from + 1, at) || (at < printed.length && fits(shown, printed, from, at + 1));
  }
  return at < printed.length && lineFits(line, printed[at] as string) && fits(shown, printed, from + 1, at + 1);
}

/** What is wrong with what a block printed, if the guide shows it; null: nothing. */
export function faultOf({ shown }: Block, printed: string): string | null {
  if (!shown || fits(shown.lines, printed.trimEnd().split("\n"))) return null;
  return `Line ${shown.line}: the guide shows\n\n${shown.lines.join("\n")}\n\nbut this was printed:\n\n${printed}`;
}
