/** The deployment's HTTP API for a command: answers are checked, and problems told as what they are. */
import { z } from "zod";
import type { Cli } from "./cli";
import { Failure } from "./errors";
import { reasonOf } from "./service";

const TIMEOUT_MS = 30_000;
const problem = z.object({ code: z.string(), detail: z.string() });

function unreachable(url: string, why: string): Failure {
  return new Failure("unreachable", "SITE_UNREACHABLE", `The HTTP API at ${url} can't be reached: ${why}.`, { url });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @param path below the site's address, such as /v1/prices */
export async function askSite<T>(cli: Cli, shape: z.ZodType<T>, path: string): Promise<T> {
  const { siteUrl } = await cli.place();
  const url = siteUrl + path;
  const lost = (error: unknown): never => {
    throw unreachable(siteUrl, reasonOf(error));
  };
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(lost);
  const body = parsed(await response.text().catch(lost));
  if (!response.ok) {
    const told = problem.safeParse(body);
    if (told.success) throw new Failure("refused", told.data.code, told.data.detail);
    throw unreachable(siteUrl, `${path} answered HTTP ${response.status}`);
  }
  const answer = shape.safeParse(body);
  if (answer.success) return answer.data;
  throw unreachable(siteUrl, `${path} answers in another form than it should`);
}
