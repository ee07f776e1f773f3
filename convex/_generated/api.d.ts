/* eslint-disable */
/**
 * Generated `api` utility.
 *
 * THIS CODE IS AUTOMATICALLY GENERATED.
 *
 * To regenerate, run `npx convex dev`.
 * @module
 */

import type * as administration from "../administration.js";
import type * as audit_job from "../audit/job.js";
import type * as audit_model from "../audit/model.js";
import type * as audit_passes_backed from "../audit/passes/backed.js";
import type * as audit_passes_model from "../audit/passes/model.js";
import type * as audit_passes_page from "../audit/passes/page.js";
import type * as audit_trail from "../audit/trail.js";
import type * as authorizations from "../authorizations.js";
import type * as breakers_control from "../breakers/control.js";
import type * as breakers_model from "../breakers/model.js";
import type * as breakers_restore from "../breakers/restore.js";
import type * as commitments_model from "../commitments/model.js";
import type * as commitments_requests from "../commitments/requests.js";
import type * as corrections_model from "../corrections/model.js";
import type * as corrections_requests from "../corrections/requests.js";
import type * as crons from "../crons.js";
import type * as earnings_job from "../earnings/job.js";
import type * as earnings_model from "../earnings/model.js";
import type * as earnings_requests from "../earnings/requests.js";
import type * as functions from "../functions.js";
import type * as health_kept from "../health/kept.js";
import type * as health_listing from "../health/listing.js";
import type * as health_model from "../health/model.js";
import type * as health_moment from "../health/moment.js";
import type * as health_monitor from "../health/monitor.js";
import type * as health_topUps from "../health/topUps.js";
import type * as health_transfers from "../health/transfers.js";
import type * as http from "../http.js";
import type * as http_api from "../http/api.js";
import type * as http_cursors from "../http/cursors.js";
import type * as http_facts from "../http/facts.js";
import type * as http_limits from "../http/limits.js";
import type * as http_openapi from "../http/openapi.js";
import type * as http_policyRoutes from "../http/policyRoutes.js";
import type * as http_priceRoutes from "../http/priceRoutes.js";
import type * as http_problems from "../http/problems.js";
import type * as http_route from "../http/route.js";
import type * as http_routes from "../http/routes.js";
import type * as http_shapes from "../http/shapes.js";
import type * as http_statementRoutes from "../http/statementRoutes.js";
import type * as http_statusRoutes from "../http/statusRoutes.js";
import type * as http_tierRoutes from "../http/tierRoutes.js";
import type * as http_vaultRoutes from "../http/vaultRoutes.js";
import type * as ledger_journal from "../ledger/journal.js";
import type * as ledger_listing from "../ledger/listing.js";
import type * as ledger_model from "../ledger/model.js";
import type * as ledger_owners from "../ledger/owners.js";
import type * as liquidity from "../liquidity.js";
import type * as migrations from "../migrations.js";
import type * as moves from "../moves.js";
import type * as moves_model from "../moves/model.js";
import type * as moves_quotes from "../moves/quotes.js";
import type * as moves_requests from "../moves/requests.js";
import type * as notifications_model from "../notifications/model.js";
import type * as operations from "../operations.js";
import type * as outbox_control from "../outbox/control.js";
import type * as outbox_listing from "../outbox/listing.js";
import type * as outbox_loop from "../outbox/loop.js";
import type * as outbox_model from "../outbox/model.js";
import type * as outbox_turn from "../outbox/turn.js";
import type * as policies from "../policies.js";
import type * as policies_allocation from "../policies/allocation.js";
import type * as policies_events from "../policies/events.js";
import type * as policies_life from "../policies/life.js";
import type * as policies_locks from "../policies/locks.js";
import type * as policies_model from "../policies/model.js";
import type * as policies_payers from "../policies/payers.js";
import type * as policies_quotes from "../policies/quotes.js";
import type * as policies_requests from "../policies/requests.js";
import type * as policies_settlement from "../policies/settlement.js";
import type * as policies_steps from "../policies/steps.js";
import type * as policies_views from "../policies/views.js";
import type * as positions_model from "../positions/model.js";
import type * as positions_portfolio from "../positions/portfolio.js";
import type * as positions_requests from "../positions/requests.js";
import type * as positions_standings from "../positions/standings.js";
import type * as prices from "../prices.js";
import type * as prices_loop from "../prices/loop.js";
import type * as prices_model from "../prices/model.js";
import type * as prices_record from "../prices/record.js";
import type * as prices_standing from "../prices/standing.js";
import type * as providers_model from "../providers/model.js";
import type * as providers_privileged from "../providers/privileged.js";
import type * as providers_roles from "../providers/roles.js";
import type * as providers_signIns from "../providers/signIns.js";
import type * as providers_tokens from "../providers/tokens.js";
import type * as rateLimits_model from "../rateLimits/model.js";
import type * as session from "../session.js";
import type * as settings from "../settings.js";
import type * as statements from "../statements.js";
import type * as statements_model from "../statements/model.js";
import type * as statements_pages from "../statements/pages.js";
import type * as statements_read from "../statements/read.js";
import type * as status from "../status.js";
import type * as sync_apply from "../sync/apply.js";
import type * as sync_loop from "../sync/loop.js";
import type * as sync_model from "../sync/model.js";
import type * as sync_observation from "../sync/observation.js";
import type * as sync_push from "../sync/push.js";
import type * as sync_standing from "../sync/standing.js";
import type * as tiers from "../tiers.js";
import type * as tiers_model from "../tiers/model.js";
import type * as tiers_terms from "../tiers/terms.js";
import type * as treasury_exits from "../treasury/exits.js";
import type * as treasury_model from "../treasury/model.js";
import type * as treasury_surplus from "../treasury/surplus.js";
import type * as webhooks_control from "../webhooks/control.js";
import type * as webhooks_loop from "../webhooks/loop.js";
import type * as webhooks_model from "../webhooks/model.js";
import type * as webhooks_post from "../webhooks/post.js";
import type * as withdrawals_model from "../withdrawals/model.js";
import type * as withdrawals_quotes from "../withdrawals/quotes.js";
import type * as withdrawals_requests from "../withdrawals/requests.js";
import type * as withdrawals_views from "../withdrawals/views.js";

import type {
  ApiFromModules,
  FilterApi,
  FunctionReference,
} from "convex/server";

declare const fullApi: ApiFromModules<{
  administration: typeof administration;
  "audit/job": typeof audit_job;
  "audit/model": typeof audit_model;
  "audit/passes/backed": typeof audit_passes_backed;
  "audit/passes/model": typeof audit_passes_model;
  "audit/passes/page": typeof audit_passes_page;
  "audit/trail": typeof audit_trail;
  authorizations: typeof authorizations;
  "breakers/control": typeof breakers_control;
  "breakers/model": typeof breakers_model;
  "breakers/restore": typeof breakers_restore;
  "commitments/model": typeof commitments_model;
  "commitments/requests": typeof commitments_requests;
  "corrections/model": typeof corrections_model;
  "corrections/requests": typeof corrections_requests;
  crons: typeof crons;
  "earnings/job": typeof earnings_job;
  "earnings/model": typeof earnings_model;
  "earnings/requests": typeof earnings_requests;
  functions: typeof functions;
  "health/kept": typeof health_kept;
  "health/listing": typeof health_listing;
  "health/model": typeof health_model;
  "health/moment": typeof health_moment;
  "health/monitor": typeof health_monitor;
  "health/topUps": typeof health_topUps;
  "health/transfers": typeof health_transfers;
  http: typeof http;
  "http/api": typeof http_api;
  "http/cursors": typeof http_cursors;
  "http/facts": typeof http_facts;
  "http/limits": typeof http_limits;
  "http/openapi": typeof http_openapi;
  "http/policyRoutes": typeof http_policyRoutes;
  "http/priceRoutes": typeof http_priceRoutes;
  "http/problems": typeof http_problems;
  "http/route": typeof http_route;
  "http/routes": typeof http_routes;
  "http/shapes": typeof http_shapes;
  "http/statementRoutes": typeof http_statementRoutes;
  "http/statusRoutes": typeof http_statusRoutes;
  "http/tierRoutes": typeof http_tierRoutes;
  "http/vaultRoutes": typeof http_vaultRoutes;
  "ledger/journal": typeof ledger_journal;
  "ledger/listing": typeof ledger_listing;
  "ledger/model": typeof ledger_model;
  "ledger/owners": typeof ledger_owners;
  liquidity: typeof liquidity;
  migrations: typeof migrations;
  moves: typeof moves;
  "moves/model": typeof moves_model;
  "moves/quotes": typeof moves_quotes;
  "moves/requests": typeof moves_requests;
  "notifications/model": typeof notifications_model;
  operations: typeof operations;
  "outbox/control": typeof outbox_control;
  "outbox/listing": typeof outbox_listing;
  "outbox/loop": typeof outbox_loop;
  "outbox/model": typeof outbox_model;
  "outbox/turn": typeof outbox_turn;
  policies: typeof policies;
  "policies/allocation": typeof policies_allocation;
  "policies/events": typeof policies_events;
  "policies/life": typeof policies_life;
  "policies/locks": typeof policies_locks;
  "policies/model": typeof policies_model;
  "policies/payers": typeof policies_payers;
  "policies/quotes": typeof policies_quotes;
  "policies/requests": typeof policies_requests;
  "policies/settlement": typeof policies_settlement;
  "policies/steps": typeof policies_steps;
  "policies/views": typeof policies_views;
  "positions/model": typeof positions_model;
  "positions/portfolio": typeof positions_portfolio;
  "positions/requests": typeof positions_requests;
  "positions/standings": typeof positions_standings;
  prices: typeof prices;
  "prices/loop": typeof prices_loop;
  "prices/model": typeof prices_model;
  "prices/record": typeof prices_record;
  "prices/standing": typeof prices_standing;
  "providers/model": typeof providers_model;
  "providers/privileged": typeof providers_privileged;
  "providers/roles": typeof providers_roles;
  "providers/signIns": typeof providers_signIns;
  "providers/tokens": typeof providers_tokens;
  "rateLimits/model": typeof rateLimits_model;
  session: typeof session;
  settings: typeof settings;
  statements: typeof statements;
  "statements/model": typeof statements_model;
  "statements/pages": typeof statements_pages;
  "statements/read": typeof statements_read;
  status: typeof status;
  "sync/apply": typeof sync_apply;
  "sync/loop": typeof sync_loop;
  "sync/model": typeof sync_model;
  "sync/observation": typeof sync_observation;
  "sync/push": typeof sync_push;
  "sync/standing": typeof sync_standing;
  tiers: typeof tiers;
  "tiers/model": typeof tiers_model;
  "tiers/terms": typeof tiers_terms;
  "treasury/exits": typeof treasury_exits;
  "treasury/model": typeof treasury_model;
  "treasury/surplus": typeof treasury_surplus;
  "webhooks/control": typeof webhooks_control;
  "webhooks/loop": typeof webhooks_loop;
  "webhooks/model": typeof webhooks_model;
  "webhooks/post": typeof webhooks_post;
  "withdrawals/model": typeof withdrawals_model;
  "withdrawals/quotes": typeof withdrawals_quotes;
  "withdrawals/requests": typeof withdrawals_requests;
  "withdrawals/views": typeof withdrawals_views;
}>;

/**
 * A utility for referencing Convex functions in your app's public API.
 *
 * Usage:
 * ```js
 * const myFunctionReference = api.myModule.myFunction;
 * ```
 */
export declare const api: FilterApi<
  typeof fullApi,
  FunctionReference<any, "public">
>;

/**
 * A utility for referencing Convex functions in your app's internal API.
 *
 * Usage:
 * ```js
 * const myFunctionReference = internal.myModule.myFunction;
 * ```
 */
export declare const internal: FilterApi<
  typeof fullApi,
  FunctionReference<any, "internal">
>;

export declare const components: {
  rateLimiter: import("@convex-dev/rate-limiter/_generated/component.js").ComponentApi<"rateLimiter">;
  migrations: import("@convex-dev/migrations/_generated/component.js").ComponentApi<"migrations">;
};
