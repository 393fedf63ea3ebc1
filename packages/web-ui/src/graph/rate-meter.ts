/**
 * Rates out of counters: what each vertex reads and writes a second, and how busy it is.
 *
 * One answer about the job holds the counters of all vertices, so a graph of 200 operators costs one
 * request. The server refreshes them each few seconds (`metrics.fetcher.update-interval`), so the same
 * ones come several times: a rate is taken over the samples of the last seconds that differ.
 */
import { finite } from '../format/numbers.ts';
import type { IoMetrics, JobDetails } from '../rest/jobs.ts';

/** Each second, of all subtasks; the ratios are means of the subtasks, 0 to 1. `undefined`: not known. */
export interface VertexRates {
  readonly recordsIn: number | undefined;
  readonly recordsOut: number | undefined;
  readonly bytesIn: number | undefined;
  readonly bytesOut: number | undefined;
  readonly busy: number | undefined;
  readonly backPressured: number | undefined;
}

interface Sample {
  readonly at: number;
  readonly metrics: ReadonlyMap<string, IoMetrics>;
}

const WINDOW_MS = 22_000; // Two refreshes of ten seconds, and a late answer.
const STALE_MS = 25_000;
const NOTHING: VertexRates = {
  recordsIn: undefined,
  recordsOut: undefined,
  bytesIn: undefined,
  bytesOut: undefined,
  busy: undefined,
  backPressured: undefined,
};

export class RateMeter {
  private samples: Sample[] = [];
  private lastNow = Number.NaN;
  private rates: ReadonlyMap<string, VertexRates> = new Map();

  /** Takes in an answer; the same one again changes nothing. */
  observe(job: JobDetails): ReadonlyMap<string, VertexRates> {
    if (job.now === this.lastNow) {
      return this.rates;
    }
    this.lastNow = job.now;
    const sample = {
      at: job.now,
      metrics: new Map(job.vertices.map(({ id, metrics }) => [id, metrics])),
    };
    const last = this.samples.at(-1);
    if (last === undefined || isReset(last, sample)) {
      this.samples = [sample];
    } else if (differs(last, sample)) {
      this.samples = [
        ...this.samples.filter(({ at }) => sample.at - at <= WINDOW_MS || at === last.at),
        sample,
      ];
    } else if (sample.at - last.at > STALE_MS) {
      this.samples = [last, sample];
    }
    this.rates = this.compute(job);
    return this.rates;
  }

  private compute(job: JobDetails): ReadonlyMap<string, VertexRates> {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    return new Map(
      job.vertices.map(({ id, parallelism }) => {
        const before = first?.metrics.get(id);
        const after = last?.metrics.get(id);
        return before === undefined || after === undefined || last!.at === first!.at
          ? [id, NOTHING]
          : [id, ratesBetween(before, after, last!.at - first!.at, parallelism)];
      }),
    );
  }
}

function ratesBetween(
  before: IoMetrics,
  after: IoMetrics,
  spanMs: number,
  parallelism: number,
): VertexRates {
  const grown = (name: keyof IoMetrics): number | undefined => {
    const from = finite(before[name]);
    const to = finite(after[name]);
    return from === undefined || to === undefined ? undefined : Math.max(0, to - from);
  };
  const perSecond = (name: keyof IoMetrics): number | undefined => {
    const growth = grown(name);
    return growth === undefined ? undefined : (growth * 1000) / spanMs;
  };
  const share = (name: keyof IoMetrics): number | undefined => {
    const growth = grown(name);
    return growth === undefined ? undefined : Math.min(1, growth / spanMs / parallelism);
  };
  return {
    recordsIn: perSecond('read-records'),
    recordsOut: perSecond('write-records'),
    bytesIn: perSecond('read-bytes'),
    bytesOut: perSecond('write-bytes'),
    busy: share('accumulated-busy-time'),
    backPressured: share('accumulated-backpressured-time'),
  };
}

const COUNTERS = ['read-records', 'write-records', 'accumulated-idle-time'] as const;

function differs(left: Sample, right: Sample): boolean {
  return [...right.metrics].some(([id, metrics]) => {
    const other = left.metrics.get(id);
    return COUNTERS.some((name) => other?.[name] !== metrics[name]);
  });
}

/** After a restart the counters begin anew. */
function isReset(before: Sample, after: Sample): boolean {
  return [...after.metrics].some(([id, metrics]) => {
    const other = before.metrics.get(id);
    return (
      other === undefined ||
      metrics['read-records'] < other['read-records'] ||
      metrics['write-records'] < other['write-records']
    );
  });
}

const meters = new Map<string, RateMeter>();

/** The meter of a job, which goes on when one leaves its page and comes back. */
export function rateMeterOf(jid: string): RateMeter {
  const meter = meters.get(jid) ?? new RateMeter();
  meters.set(jid, meter);
  return meter;
}

/** Records each second along an edge, where they can be told from those of the other edges. */
export function edgeRate(
  rates: ReadonlyMap<string, VertexRates>,
  edge: { readonly from: string; readonly to: string },
  edges: readonly { readonly from: string; readonly to: string }[],
): number | undefined {
  if (edges.filter(({ to }) => to === edge.to).length === 1) {
    return rates.get(edge.to)?.recordsIn;
  }
  return edges.filter(({ from }) => from === edge.from).length === 1
    ? rates.get(edge.from)?.recordsOut
    : undefined;
}
