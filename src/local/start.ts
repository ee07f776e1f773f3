/** `npm start`: the whole product on this machine. Ctrl-C stops it; started again, everything stands as it was. */
import { runCommand } from "./command";
import { ENVIRONMENT_HELP, runStack } from "./run";

const HELP = `npm start: runs BitHedge Liquidity on this machine.

${ENVIRONMENT_HELP}`;

runCommand(() => runStack({ help: HELP }));
