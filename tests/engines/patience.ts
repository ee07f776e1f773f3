/**
 * How long a story on a running stack waits for what has to come, ms: machines that do much else at once are slow, and nothing
 * there is about speed. Longer than a loop of the backend takes to be found dead and started again: a minute overdue, and a
 * minute between two crons.
 */
export const PATIENCE_MS = 240_000;
