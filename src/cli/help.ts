/** What --help adds to a command: how it is called. */
export function examples(...commands: string[]): string {
  const lines = commands.map((command) => `  npm run cli -- ${command}`);
  return ["", "Examples:", ...lines, "", "Options of every command: npm run cli -- --help"].join("\n");
}
