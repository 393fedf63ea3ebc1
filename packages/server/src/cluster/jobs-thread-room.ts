/**
 * Whether the thread of the jobs answers: `/jobs-thread`, ours. The endpoint answers this by itself, so
 * that a function which blocks that thread is told apart from a server that is away.
 */
import type { JobOverview } from '@millrace/runtime';
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

export const jobsThreadRoom: RestRoom = (app, { unboundedGateway, clock }) => {
  let probe: { readonly since: number; readonly answered: Promise<unknown> } | undefined;
  const ask = (): { readonly since: number; readonly answered: Promise<unknown> } => {
    const begun = {
      since: clock.now(),
      answered: unboundedGateway
        .jobs()
        .catch((): readonly JobOverview[] => []) // An error is an answer too.
        .then(() => {
          probe = undefined;
        }),
    };
    probe = begun;
    return begun;
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
      const { since, answered } = probe ?? ask();
      const restMs = Math.max(0, since + PATIENCE_MS - clock.now());
      const isInTime = await new Promise<boolean>((resolve) => {
        const timer = clock.setTimer(restMs, () => resolve(false));
        void answered.then(() => {
          timer.cancel();
          resolve(true);
        });
      });
      return { busySince: isInTime ? null : since };
    },
  );
};
