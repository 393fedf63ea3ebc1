/**
 * The process of one query: does what it is asked by messages.
 *
 * Invariants:
 * - It ends at once when whoever started it is gone or kills it, also while DuckDB works.
 * - It ends, and says so, when it takes more memory than DuckDB's limit and what it needs itself.
 */
import { setPriority } from 'node:os';
import { encodeError, SystemClock } from '@millrace/core';
import { SqlDatabase } from './sql-database.ts';
import type { SqlAnswer, SqlRequest } from './sql-messages.ts';
import { outOfMemory } from './sql-refusal.ts';

const MB = 1024 * 1024;
/** Of what is not DuckDB's: the heap, and chunks of a result, which it does not count. */
const OWN_MB = 640;
const WATCH_MS = 50;
/** A third of a job's share where both want a processor. */
const NICENESS = 5;

const clock = new SystemClock();
const database = new SqlDatabase();

/** `process.exit` would wait for the threads that DuckDB keeps busy. */
function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}

function answer(message: SqlAnswer, then?: () => void): void {
  process.send?.(message, () => then?.());
}

async function serve({ name, args }: SqlRequest): Promise<void> {
  if (name === 'open') {
    watchMemory(args[0] as number);
  }
  try {
    const act = database[name] as (...args: readonly unknown[]) => Promise<unknown>;
    answer({ value: await act.apply(database, [...args]) });
  } catch (error) {
    answer({ error: encodeError(error) });
  }
}

function watchMemory(memoryMb: number): void {
  const most = (1.5 * memoryMb + OWN_MB) * MB;
  const watch = (): void => {
    if (process.memoryUsage.rss() > most) {
      answer({ error: encodeError(outOfMemory(memoryMb)) }, endNow);
    } else {
      clock.setTimer(WATCH_MS, watch);
    }
  };
  watch();
}

process.on('disconnect', endNow);
process.on('message', (message) => void serve(message as SqlRequest));
try {
  setPriority(NICENESS); // Jobs go first.
} catch {
  // A system that does not let it runs it as it is.
}
