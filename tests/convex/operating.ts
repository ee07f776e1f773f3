/** People with one role each, and what tests of operations look at again and again. */
import { expect } from "vitest";
import { api, internal } from "../../convex/_generated/api";
import type { Role } from "../../convex/settings";
import { as, type Backend, DEPLOYER, openBackend } from "./backend";
import { FEES_RECIPIENT, INSURANCE_RECIPIENT, testEnvironment } from "./environment";

export const WHO: Record<Role, string> = {
  operator: DEPLOYER,
  guardian: FEES_RECIPIENT,
  admin: INSURANCE_RECIPIENT,
};
export const ROLES = ["operator", "guardian", "admin"] as const;

export const PRINCIPALS = {
  OPERATOR_PRINCIPALS: WHO.operator,
  GUARDIAN_PRINCIPALS: WHO.guardian,
  ADMIN_PRINCIPALS: WHO.admin,
};

export function openOperated(): Promise<Backend> {
  return openBackend({ ...testEnvironment, ...PRINCIPALS });
}

export const PAGE = { paginationOpts: { numItems: 100, cursor: null } };

export const refusal = (code: string, facts: Record<string, unknown> = {}) =>
  expect.objectContaining({ data: expect.objectContaining({ code, ...facts }) });

export const of = (backend: Backend, role: Role) => as(backend, WHO[role]);

/** The trail, newest first, without when. */
export async function trail(backend: Backend) {
  const { page } = await backend.query(internal.audit.trail.list, PAGE);
  return page.map(({ act, actor, reason, facts }) => ({ act, actor, reason, facts }));
}

export const stopped = async (backend: Backend) =>
  (await of(backend, "operator").query(api.operations.getBreakers, {})).breakers;
