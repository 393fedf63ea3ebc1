/** `SELECT … FROM operator.state`, over live state or a snapshot of the job. */
import { type LiveState, querySql, type StateSource } from '@millrace/state-processor';
import { goneSignal } from '../http/gone-signal.ts';
import type { RestApp } from '../http/rest-room.ts';
import type { ScanSessions } from './scan-sessions.ts';
import { answering } from './state-errors.ts';
import { JobParameters, SqlRequestBody, SqlResult } from './state-schemas.ts';
import { LIVE, type StateSources } from './state-sources.ts';
import { TurnQueue } from './turn-queue.ts';

const WAITING_MAX = 4;

export function sqlRoute(app: RestApp, sources: StateSources, sessions: ScanSessions): void {
  const queue = new TurnQueue(WAITING_MAX, 'TOO_MANY_SQL_QUERIES');
  app.post(
    '/jobs/:jobid/sql',
    {
      schema: {
        ...{ tags: ['state'], operationId: 'querySql', params: JobParameters },
        summary: 'SELECT over the states of the job, by DuckDB where its package is installed.',
        body: SqlRequestBody,
        response: { 200: SqlResult },
      },
      config: { bodyName: 'SqlRequestBody' },
    },
    ({ params: { jobid }, body: { query, source = LIVE, limit } }, reply) =>
      answering(async () => {
        const signal = goneSignal(reply.raw);
        const ask = (from: StateSource | LiveState) =>
          querySql(from, query, { signal, ...(limit === undefined ? {} : { limit }) });
        const { columns, rows, truncated } = await queue.run(signal, async () =>
          source === LIVE
            ? await sessions.withRoom(jobid, () => sources.live(jobid, ask))
            : await ask(await sources.snapshot(jobid, source)),
        );
        return { columns: [...columns], rows: rows.map((row) => [...row]), truncated };
      }),
  );
}
