/** What a test of backend functions may ask, whichever engine runs them: the part of convex-test that any engine can give. */

import type { GenericDataModel, UserIdentity } from "convex/server";
import type { TestConvexForDataModel } from "convex-test";

type Calls = "query" | "mutation" | "action" | "run";

export interface TestBackend<DataModel extends GenericDataModel>
  extends Pick<TestConvexForDataModel<DataModel>, Calls> {
  /** An HTTP request to a route of the backend, by its path. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** The same backend, asked by somebody who has signed in. */
  withIdentity(identity: Partial<UserIdentity>): TestBackend<DataModel>;
  /** What functions find in `process.env` from now on, beside what is there. */
  setEnvironment(variables: Record<string, string>): void;
  /** Runs scheduled functions, and those that they schedule, until none is due. `advance` moves the fake timers on. */
  finishScheduled(advance: () => void): Promise<void>;
}
