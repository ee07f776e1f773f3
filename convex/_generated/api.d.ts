import type * as breakers_control from "../breakers/control.js";
import type * as commitments_requests from "../commitments/requests.js";
import type * as liquidity from "../liquidity.js";
import type * as providers_signIns from "../providers/signIns.js";
import type * as session from "../session.js";
import type * as sync_loop from "../sync/loop.js";
import type * as withdrawals_requests from "../withdrawals/requests.js";
import type { ApiFromModules, FilterApi, FunctionReference } from "convex/server";
declare const fullApi: ApiFromModules<{
  "breakers/control": typeof breakers_control;
  "commitments/requests": typeof commitments_requests;
  liquidity: typeof liquidity;
  "providers/signIns": typeof providers_signIns;
  session: typeof session;
  "sync/loop": typeof sync_loop;
  "withdrawals/requests": typeof withdrawals_requests;
}>;
export declare const api: FilterApi<typeof fullApi, FunctionReference<any, "public">>;
export declare const internal: FilterApi<typeof fullApi, FunctionReference<any, "internal">>;
