/** `GET /metrics`: what Prometheus scrapes. Not of Flink's REST, where each process has a port for it. */
import { TimedCache } from '../cache/timed-cache.ts';
import type { RestRoom } from '../http/rest-room.ts';
import { CONTENT_TYPE, exposition } from './exposition.ts';

/** Shorter than anybody scrapes; those who scrape at once are one question to the thread of the jobs. */
const SHOWN_MS = 1000;

export const prometheusRoom: RestRoom = (app, { gateway, clock }) => {
  const texts = new TimedCache<string>({
    ...{ clock, maxAgeMs: SHOWN_MS, patienceMs: SHOWN_MS, sizeMax: 1 },
    // A series that stands still is told as missing, sooner or later: old figures are not given as new.
    staleAgeMsMax: SHOWN_MS,
  });
  app.get(
    '/metrics',
    {
      schema: {
        ...{ tags: ['metrics'], operationId: 'getPrometheusMetrics' },
        summary: 'All metrics in the text format of Prometheus.',
      },
    },
    async (_request, reply) => {
      const text = await texts.get('', async () => exposition(await gateway.metrics()));
      reply.header('content-type', CONTENT_TYPE).serializer((body: unknown) => String(body));
      return text;
    },
  );
};
