/**
 * The official package calls one global `Convex`, and both engines want to be it. Imported for its effect: the host gets
 * the calls that come from inside one of its functions, whoever else installs itself gets the rest.
 */
import { currentCall } from "../../src/local/host/call";
import { convexGlobal } from "../../src/local/host/globals";

const ofHost = convexGlobal(Error);
let ofOthers: unknown;

Object.defineProperty(globalThis, "Convex", {
  get: () => (currentCall.getStore() === undefined ? ofOthers : ofHost),
  set: (convex: unknown) => {
    ofOthers = convex;
  },
});
