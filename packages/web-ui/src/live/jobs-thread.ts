/** Asks the server whether the thread of the jobs answers it. */
import { effect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { jobsThreadBusySince } from './connection.ts';
import { usePoll } from './poll.ts';

interface JobsThread {
  readonly busySince: number | null;
}

/** @param isServed - Millrace tells; the jobs of Flink are not in its server's process */
export function useJobsThread(isServed: boolean): void {
  const thread = usePoll<JobsThread>(isServed ? 'jobs-thread' : undefined);
  useEffect(
    () =>
      effect(() => {
        const isTold = thread.error.value === undefined;
        jobsThreadBusySince.value = (isTold ? thread.data.value?.busySince : null) ?? undefined;
      }),
    [thread],
  );
}
