/** The first engine: convex-test, Convex's official mock in memory, with the limits of a transaction that it knows. */
import type { GenericDataModel, GenericSchema, SchemaDefinition, UserIdentity } from "convex/server";
import { convexTest, type TestConvexForDataModel } from "convex-test";
import "./convexGlobal";
import type { TestBackend } from "./testBackend";

export interface ConvexTestOptions {
  schema: SchemaDefinition<GenericSchema, boolean>;
  /** `import.meta.glob` over the project's functions and its `_generated` folder. */
  modules: Record<string, () => Promise<unknown>>;
  /** Components enter here, one line each. */
  register?: (backend: Pick<ReturnType<typeof convexTest>, "registerComponent">) => void;
}

export function openConvexTest<DataModel extends GenericDataModel>({
  schema,
  modules,
  register = () => {},
}: ConvexTestOptions): TestBackend<DataModel> {
  const backend = convexTest({ schema, modules, transactionLimits: true });
  register(backend);
  return asTestBackend(backend as unknown as TestConvexForDataModel<DataModel>);
}

function asTestBackend<DataModel extends GenericDataModel>(
  backend: TestConvexForDataModel<DataModel>,
): TestBackend<DataModel> {
  return {
    ...backend,
    fetch: (path, init) => backend.fetch(path, init),
    withIdentity: (identity: Partial<UserIdentity>) => asTestBackend(backend.withIdentity(identity)),
    setEnvironment: (variables) => void Object.assign(process.env, variables),
    finishScheduled: (advance) => backend.finishAllScheduledFunctions(advance),
  };
}
