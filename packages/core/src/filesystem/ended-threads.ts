/**
 * Which worker threads of this process have ended without tidying up, as threads know that were started
 * after: what is left of those on the disk is nobody's any more.
 */
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';

const KEY = 'millrace.endedThreads';

/** Told by who started it. @param threadId - `Worker.threadId` while it ran */
export function markThreadEnded(threadId: number): void {
  setEnvironmentData(KEY, [...endedThreads(), threadId]);
}

export function endedThreads(): readonly number[] {
  return (getEnvironmentData(KEY) as unknown as readonly number[] | undefined) ?? [];
}
