/** What is told of an operator in the graph: from the counters of all, and closer for those in sight. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { finite } from '../format/numbers.ts';
import { later } from '../live/browser-clock.ts';
import { getJson, path } from '../rest/client.ts';
import type { AggregatedMetric, JobDetails, MetricValue } from '../rest/jobs.ts';
import { type RateMeter, rateMeterOf, type VertexRates } from './rate-meter.ts';

export interface VertexFacts {
  readonly rates: VertexRates;
  /** Of the busiest subtask, 0 to 1, else the mean of all: a skewed key shows. */
  readonly busy: number | undefined;
  readonly backPressured: number | undefined;
  /** The least of the subtasks, in milliseconds since the epoch, as the server sends it. */
  readonly watermark: string | undefined;
}

interface CloseUp {
  readonly busy: number | undefined;
  readonly backPressured: number | undefined;
  readonly watermark: string | undefined;
}

/** Two requests for each operator in sight: with more than this many in sight the means must do. */
const CLOSE_UPS_MAX = 24;
const CLOSE_UP_EVERY_MS = 5000;

export function useVertexFacts(
  job: JobDetails,
  inSight: ReadonlySet<string>,
): ReadonlyMap<string, VertexFacts> {
  const closeUps = useSignal<ReadonlyMap<string, CloseUp>>(new Map());
  const running = job.state === 'RUNNING';
  const ids = running && inSight.size <= CLOSE_UPS_MAX ? [...inSight].sort().join() : '';
  useEffect(() => {
    const abort = new AbortController();
    let callOff = (): void => {};
    const look = async (): Promise<void> => {
      if (!document.hidden) {
        closeUps.value = await closeUpsOf(job.jid, ids.split(','), abort.signal);
      }
      callOff = later(CLOSE_UP_EVERY_MS, () => void look().catch(() => {}));
    };
    if (ids !== '') {
      void look().catch(() => {});
    }
    return () => {
      abort.abort();
      callOff();
    };
  }, [ids, job.jid, closeUps]);
  return factsOf(job, rateMeterOf(job.jid), running ? closeUps.value : new Map());
}

function factsOf(
  job: JobDetails,
  meter: RateMeter,
  closeUps: ReadonlyMap<string, CloseUp>,
): ReadonlyMap<string, VertexFacts> {
  const rates = meter.observe(job);
  return new Map(
    job.vertices.map(({ id }) => {
      const rate = rates.get(id)!;
      const near = closeUps.get(id);
      return [
        id,
        {
          rates: rate,
          busy: near?.busy ?? rate.busy,
          backPressured: near?.backPressured ?? rate.backPressured,
          watermark: near?.watermark,
        },
      ];
    }),
  );
}

async function closeUpsOf(
  jid: string,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, CloseUp>> {
  const found = await Promise.all(ids.map((id) => closeUpOf(jid, id, signal)));
  return new Map(ids.map((id, index) => [id, found[index]!]));
}

async function closeUpOf(jid: string, id: string, signal: AbortSignal): Promise<CloseUp> {
  const wanted = 'busyTimeMsPerSecond,backPressuredTimeMsPerSecond';
  const vertex = path`jobs/${jid}/vertices/${id}`;
  // A server that lacks one of them still has the other: what is missing is not known.
  const [times, watermarks] = await Promise.all([
    getJson<AggregatedMetric[]>(`${vertex}/subtasks/metrics?get=${wanted}&agg=max`, signal).catch(
      (): AggregatedMetric[] => [],
    ),
    getJson<MetricValue[]>(`${vertex}/watermarks`, signal).catch((): MetricValue[] => []),
  ]);
  const share = (name: string): number | undefined => {
    const ms = finite(times.find((metric) => metric.id === name)?.max);
    return ms === undefined ? undefined : Math.min(1, ms / 1000);
  };
  return {
    busy: share('busyTimeMsPerSecond'),
    backPressured: share('backPressuredTimeMsPerSecond'),
    watermark: leastWatermark(watermarks),
  };
}

export function leastWatermark(watermarks: readonly MetricValue[]): string | undefined {
  return watermarks
    .map(({ value }) => value)
    .filter((value) => finite(value) !== undefined)
    .sort((left, right) => Number(left) - Number(right))[0];
}
