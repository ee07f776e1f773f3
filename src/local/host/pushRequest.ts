/** What the official CLI (convex 1.48) sends in a push, and what this host refuses of it before anything is evaluated. */
import { z } from "zod";
import type { PushedModule } from "./engine";
import { WireRefusal } from "./wireRefusal";

const pushedModule = z.object({
  path: z.string(),
  source: z.string(),
  sourceMap: z.string().optional(),
  environment: z.enum(["isolate", "node"]),
});

export const pushRequest = z.object({
  dryRun: z.boolean(),
  appDefinition: z.object({
    schema: pushedModule.nullable(),
    changedModules: z.array(pushedModule),
    unchangedModuleHashes: z.array(z.unknown()),
  }),
  componentDefinitions: z.array(z.object({ definitionPath: z.string() })),
  nodeDependencies: z.array(z.object({ name: z.string() })),
});

export type PushRequest = z.infer<typeof pushRequest>;

export function checkPushRequest({
  appDefinition,
  componentDefinitions,
  nodeDependencies,
}: PushRequest): PushedModule[] {
  const refuse = (code: string, message: string): never => {
    throw new WireRefusal(400, code, message);
  };
  const component = componentDefinitions[0];
  if (component)
    refuse("ComponentsUnsupported", `This host runs no components; the app uses "${component.definitionPath}".`);
  const dependency = nodeDependencies[0];
  if (dependency)
    refuse("ExternalPackagesUnsupported", `This host installs no external packages; "${dependency.name}" is one.`);
  if (appDefinition.unchangedModuleHashes.length > 0)
    refuse("ModulesMissing", "This host keeps no module hashes: push all modules.");
  for (const { path } of appDefinition.changedModules) {
    const bad = path.split("/").find((name) => !/^[A-Za-z0-9_.]+$/.test(name));
    if (bad === undefined) continue;
    // The CLI sends such names, and Convex's cloud refuses them with these words.
    const rule = `Path component ${bad} can only contain alphanumeric characters, underscores, or periods.`;
    refuse("InvalidModulePath", `${path} is not a valid path to a Convex module. ${rule}`);
  }
  return appDefinition.changedModules;
}
