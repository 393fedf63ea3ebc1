/**
 * Takes one picture of the first jobs before anybody asks: who looks for the first time while a function
 * blocks the thread of the jobs sees them as they began, and not nothing. Jobs that begin later have theirs
 * from when somebody lists them (`ExecutionGraphCache`).
 *
 * Invariant: it ends with the first job that is seen to run, or after `LOOKS_MAX` looks; then it costs nothing.
 */
import type { Clock } from '@millrace/core';
import type { ExecutionGraphCache } from '../cache/execution-graph-cache.ts';

const LOOKS_MAX = 6;
const FIRST_PAUSE_MS = 250; // Doubles: 16 s in all.

export async function takeFirstPicture(cache: ExecutionGraphCache, clock: Clock): Promise<void> {
  for (let look = 0; look < LOOKS_MAX; look += 1) {
    await new Promise<void>((resolve) => clock.setTimer(FIRST_PAUSE_MS * 2 ** look, resolve));
    const jobs = await cache.jobs().catch(() => []); // Who asks is told what is wrong.
    const running = jobs.filter(({ status }) => status === 'RUNNING');
    if (running.length > 0) {
      await Promise.allSettled([
        ...running.map(({ jobId }) => cache.jobDetails(jobId)),
        cache.taskManagers(),
      ]);
      return;
    }
  }
}
