/** How the commands of the local stack end: what they throw is told in a sentence, and the exit code is 1. */
export function runCommand(main: () => Promise<void>): void {
  main().catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
