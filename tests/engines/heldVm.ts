/**
 * Holds the compiled Clarity VM for as long as the process lives: V8 shares what it has compiled of a module with all who
 * load the same one meanwhile, so that each story's chain need not have it compiled anew.
 */
import { loadVmModule } from "../../src/local/stacksNode/vmModule";

const held = globalThis as { vm?: unknown };
held.vm ??= loadVmModule(0);
