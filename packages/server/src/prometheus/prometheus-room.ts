/** `GET /metrics`: what Prometheus scrapes. Not of Flink's REST, where each process has a port for it. */
import type { RestRoom } from '../http/rest-room.ts';
import { CONTENT_TYPE, exposition } from './exposition.ts';

export const prometheusRoom: RestRoom = (app, { gateway }) => {
  app.get(
    '/metrics',
    {
      schema: {
        ...{ tags: ['metrics'], operationId: 'getPrometheusMetrics' },
        summary: 'All metrics in the text format of Prometheus.',
      },
    },
    async (_request, reply) => {
      const text = await exposition(await gateway.metrics());
      reply.header('content-type', CONTENT_TYPE).serializer((body: unknown) => String(body));
      return text;
    },
  );
};
