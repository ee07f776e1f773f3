/** What an account has to pay fees with. */
import { z } from "zod";
import { type ApiOptions, requester } from "../stacks/request";

const account = z.object({ balance: z.string().regex(/^0x[0-9a-f]+$/) });

/** Micro-STX. */
export async function balanceOf(apiUrl: string, address: string, options: ApiOptions): Promise<bigint> {
  const { balance } = await requester(apiUrl, options)(account, `/v2/accounts/${address}?proof=0`);
  return BigInt(balance);
}
