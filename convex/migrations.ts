/**
 * Changes of stored documents, run once, batch by batch, while the backend serves. CONTRIBUTING says how to write and run
 * one. Nothing here can be called from outside.
 */
import { Migrations } from "@convex-dev/migrations";
import { components } from "./_generated/api";
import type { DataModel } from "./_generated/dataModel";
import { withOwner } from "./ledger/owners";

export const migrations = new Migrations<DataModel>(components.migrations, { migrationsLocationPrefix: "migrations:" });

/** `npx convex run migrations:run '{"fn": "<name>"}'` starts a migration, or goes on where it stopped. */
export const run = migrations.runner();

/** Says of postings from before statements were drawn up when they were booked and whose they are. No amount changes. */
export const addPostingOwners = migrations.define({ table: "postings", migrateOne: withOwner });
