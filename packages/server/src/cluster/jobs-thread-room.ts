/**
 * Whether the thread of the jobs answers: `/jobs-thread`, ours. The endpoint answers this by itself, so
 * that a function which blocks that thread is told apart from a server that is away.
 */
import { Type } from 'typebox';
import type { RestRoom } from '../http/rest-room.ts';

const PATIENCE_MS = 1000; // Longer than a task keeps its thread.

const JobsThreadResponseBody = Type.Object(
  {
    /** ms since the epoch. */
    busySince: Type.Union([Type.Number(), Type.Null()]),
  },
  { title: 'JobsThreadResponseBody' },
);

/** One question to the thread. */
interface Probe {
  readonly since: number;
  /** Whether it answered within `PATIENCE_MS`. */
  readonly isInTime: Promise<boolean>;
}

export const jobsThreadRoom: RestRoom = (app, { unboundedGateway, clock }) => {
  let probe: Probe | undefined;
  const ask = (): Probe => {
    const since = clock.now();
    // One waiting for all who ask: a thread that is held for hours must not collect what waits for it.
    const isInTime = new Promise<boolean>((resolve) => {
      const timer = clock.setTimer(PATIENCE_MS, () => resolve(false));
      const answered = (): void => {
        probe = undefined;
        timer.cancel();
        resolve(true);
      };
      unboundedGateway.jobs().then(answered, answered); // An error is an answer too.
    });
    probe = { since, isInTime };
    return probe;
  };
  app.get(
    '/jobs-thread',
    {
      schema: {
        tags: ['cluster'],
        operationId: 'getJobsThread',
        summary:
          'Since when (ms since the epoch) the thread of the jobs has not answered; null while it does.',
        response: { 200: JobsThreadResponseBody },
      },
    },
    async () => {
      const { since, isInTime } = probe ?? ask();
      return { busySince: (await isInTime) ? null : since };
    },
  );
};
