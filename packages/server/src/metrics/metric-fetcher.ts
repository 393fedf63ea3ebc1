/**
 * The metrics of the process, fetched when somebody asks and they are older than
 * `metrics.fetcher.update-interval`; with 0 there are none.
 *
 * Flink: MetricFetcherImpl.
 */
import { type Clock, type Configuration, MetricOptions } from '@millrace/core';
import type { DispatcherGateway } from '@millrace/runtime';
import { TimedCache } from '../cache/timed-cache.ts';
import type { RestContext } from '../http/rest-room.ts';
import { MetricStore } from './metric-store.ts';

const PATIENCE_MS = 1000; // Old values are better than none while a function holds the thread.
const STALE_AGE_MS_MAX = 10 * 60_000;

/** That of an endpoint. */
const FETCHERS = new WeakMap<RestContext, MetricFetcher>();

/** One for all rooms of an endpoint: they share what was fetched. */
export function metricFetcherOf(context: RestContext): MetricFetcher {
  const fetcher = FETCHERS.get(context) ?? new MetricFetcher(context.gateway, context);
  FETCHERS.set(context, fetcher);
  return fetcher;
}

export class MetricFetcher {
  private readonly gateway: Pick<DispatcherGateway, 'metrics'>;
  private readonly store: TimedCache<MetricStore>;
  private readonly isOff: boolean;

  constructor(
    gateway: Pick<DispatcherGateway, 'metrics'>,
    { configuration, clock }: { readonly configuration: Configuration; readonly clock: Clock },
  ) {
    const maxAgeMs = configuration.get(MetricOptions.METRIC_FETCHER_UPDATE_INTERVAL);
    this.gateway = gateway;
    this.isOff = maxAgeMs === 0;
    this.store = new TimedCache({
      ...{ clock, maxAgeMs, sizeMax: 1 },
      patienceMs: PATIENCE_MS,
      staleAgeMsMax: STALE_AGE_MS_MAX,
    });
  }

  /** @throws TaskError `REST_TIMEOUT` */
  async fetch(): Promise<MetricStore> {
    return this.isOff
      ? new MetricStore([])
      : this.store.get('', async () => new MetricStore(await this.gateway.metrics()));
  }
}
