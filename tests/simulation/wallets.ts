/** Who takes part in an episode, with tokens of both kinds. */
import { ALICE, BOB } from "../convex/backend";
import { EXCHANGE } from "./transactions";

const CAROL = "STNHKEPYEPJ8ET55ZZ0M5A34J0R3N5FM2CMMMAZ6";
export const PROVIDERS = [ALICE, BOB, CAROL];
export const EVERYBODY = [...PROVIDERS, EXCHANGE];

export const BUYERS = [
  "ST2JHG361ZXG51QTKY2NQCVBPPRRE2KZB1HR05NNC",
  "ST2NEB84ASENDXKYGJPQW86YXQCEFEX2ZQPG87ND",
  "ST2REHHS5J3CERCRBEPMGH7921Q6PYKAADT7JP2VB",
] as const;
