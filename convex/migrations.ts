/**
 * Changes of stored documents, run once, batch by batch, while the backend serves. CONTRIBUTING says how to write and run
 * one. Nothing here can be called from outside.
 */
import { Migrations } from "@convex-dev/migrations";
import { components } from "./_generated/api";
import type { DataModel } from "./_generated/dataModel";

export const migrations = new Migrations<DataModel>(components.migrations, { migrationsLocationPrefix: "migrations:" });

/** `npx convex run migrations:run '{"fn": "<name>"}'` starts a migration, or goes on where it stopped. */
export const run = migrations.runner();
