/** Asks the server whether the thread of the jobs answers it. */
import { effect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { JOBS_THREAD_PATH, jobsThreadBusySince } from './connection.ts';
import { type Poll, usePoll } from './poll.ts';

export interface JobsThread {
  readonly busySince: number | null;
}

/** @param isServed - Millrace tells; the jobs of Flink are not in its server's process */
export function useJobsThread(isServed: boolean): void {
  const thread = usePoll<JobsThread>(isServed ? JOBS_THREAD_PATH : undefined);
  useEffect(() => followJobsThread(thread), [thread]);
}

/** @returns to follow it no more */
export function followJobsThread(thread: Poll<JobsThread>): () => void {
  return effect(() => {
    const isTold = thread.error.value === undefined;
    jobsThreadBusySince.value = (isTold ? thread.data.value?.busySince : null) ?? undefined;
  });
}
