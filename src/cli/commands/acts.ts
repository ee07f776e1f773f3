/** What a privileged command is: what it takes beside its reason, what it does, and what is said when it is done. */
import type { Command } from "commander";
import type { Cli } from "../cli";
import { examples } from "../help";
import type { Service } from "../service";

export interface Doing<Options> {
  cli: Cli;
  /** As whoever is signed in; asked for only when all that was typed is understood. */
  service: () => Promise<Service>;
  reason: string;
  typed: string[];
  options: Options;
}

export interface Act<Options = object, Result extends object = object> {
  /** With its arguments, as "trip <capability>". */
  usage: string;
  description: string;
  example: string;
  options?: (command: Command) => Command;
  does: (doing: Doing<Options>) => Promise<Result>;
  done: (result: Result) => string;
}

/** Adds it to a group of commands. Its reason is no option: whoever acts says why, and that is kept. */
export function addAct<Options, Result extends object>(parent: Command, cli: Cli, act: Act<Options, Result>): void {
  const { usage, description, example, options = (plain) => plain, does, done } = act;
  const command = options(parent.command(usage).description(description));
  command
    .requiredOption("--reason <text>", "why: kept for good, with your address")
    .addHelpText("after", examples(example))
    .action(async () => {
      const { reason, ...given } = command.opts<Options & { reason: string }>();
      const service = async () => (await cli.session()).service;
      const result = await does({ cli, service, reason, typed: command.args, options: given as Options });
      cli.out.show(result, () => done(result));
    });
}
