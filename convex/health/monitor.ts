/** Moves positions between states when a price crosses their triggers, or a margin call has lasted too long. */
import type { Underlying } from "../../src/domain/policies";
import type { MutationCtx } from "../_generated/server";

/** Seed 003's `monitorCollateralHealth`: called with each accepted price, in its transaction. */
export async function monitorCollateralHealth(_ctx: MutationCtx, _underlying: Underlying): Promise<void> {}
