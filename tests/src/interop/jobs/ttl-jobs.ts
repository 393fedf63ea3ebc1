/** State with a time to live, for each way to renew it and to see it. Java: lab.jobs.TtlJobs. */
import {
  type AggregatingState,
  AggregatingStateDescriptor,
  type Collector,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  type ReducingState,
  ReducingStateDescriptor,
  StateTtlConfig,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from 'millrace';
import { digest, type Event } from './event.ts';
import { driveKeyed } from './harness.ts';
import type { Jobs } from './job.ts';
import { COUNT_AND_DIGEST, DIGEST } from './panes.ts';
import { text } from './text.ts';

const UPDATE_TYPES = ['OnCreateAndWrite', 'OnReadAndWrite'] as const;
const VISIBILITIES = ['NeverReturnExpired', 'ReturnExpiredIfNotCleanedUp'] as const;
const TIME_TO_LIVE_MS = 100;

/**
 * The value of a record says which state is touched, and how. With cleanup in the background it is left
 * out whether a map is empty: which entries went first is not fixed.
 */
class Aging extends KeyedProcessFunction<string, Event, string> {
  private readonly ttl: StateTtlConfig;
  private readonly cleansUp: boolean;
  private value!: ValueState<number>;
  private list!: ListState<number>;
  private map!: MapState<string, number>;
  private reducing!: ReducingState<number>;
  private aggregating!: AggregatingState<Event, string>;

  constructor(ttl: StateTtlConfig, cleansUp: boolean) {
    super();
    this.ttl = ttl;
    this.cleansUp = cleansUp;
  }

  override open(): void {
    const { runtimeContext, ttl } = this;
    this.value = runtimeContext.getState(
      new ValueStateDescriptor('value', Types.LONG).enableTimeToLive(ttl),
    );
    this.list = runtimeContext.getListState(
      new ListStateDescriptor('list', Types.LONG).enableTimeToLive(ttl),
    );
    this.map = runtimeContext.getMapState(
      new MapStateDescriptor('map', Types.STRING, Types.LONG).enableTimeToLive(ttl),
    );
    this.reducing = runtimeContext.getReducingState(
      new ReducingStateDescriptor<number>('reducing', digest, Types.LONG).enableTimeToLive(ttl),
    );
    this.aggregating = runtimeContext.getAggregatingState(
      new AggregatingStateDescriptor('aggregating', DIGEST, COUNT_AND_DIGEST).enableTimeToLive(ttl),
    );
  }

  override processElement(
    event: Event,
    _context: KeyedProcessContext<string>,
    out: Collector<string>,
  ): void {
    out.collect(text(event.key, `#${event.seq}`, this.touch(event)));
  }

  private touch(event: Event): string {
    const { list, map } = this;
    const n = event.seq;
    const mapKey = `k${n % 3}`;
    switch (event.value % 16) {
      case 0:
        this.value.update(n);
        return 'value.update';
      case 1:
      case 2:
        return text('value', this.value.value());
      case 3:
        list.add(n);
        return 'list.add';
      case 4:
      case 5:
        return text('list', `[${[...list.get()].join(',')}]`);
      case 6:
      case 7:
        map.put(mapKey, n);
        return 'map.put';
      case 8:
        return text('map.get', map.get(mapKey));
      case 9:
        return text('map.contains', this.cleansUp || map.isEmpty(), map.contains(mapKey));
      case 10:
        return text('map.entries', entryList(map));
      case 11:
        map.remove(mapKey);
        return 'map.remove';
      case 12:
        this.reducing.add(n);
        return 'reducing.add';
      case 13:
        return text('reducing', this.reducing.get());
      case 14:
        this.aggregating.add(event);
        return 'aggregating.add';
      default:
        return text('aggregating', this.aggregating.get());
    }
  }
}

function entryList(map: MapState<string, number>): string {
  const entries = [...map.entries()].map(([key, value]) => `${key}:${value}`).sort();
  return `{${entries.join(',')}}`;
}

export const TTL_JOBS: Jobs = {
  ttl: async (script) => {
    const run = (ttl: StateTtlConfig, cleansUp = false) =>
      driveKeyed(script, (keyed) => keyed.process(new Aging(ttl, cleansUp)));
    const lines: Record<string, string[]> = {};
    for (const updateType of UPDATE_TYPES) {
      for (const stateVisibility of VISIBILITIES) {
        lines[`${updateType}-${stateVisibility}`] = await run(
          new StateTtlConfig({
            timeToLive: TIME_TO_LIVE_MS,
            updateType,
            stateVisibility,
            disableCleanupInBackground: true,
          }),
        );
      }
    }
    lines.cleanup = await run(new StateTtlConfig({ timeToLive: TIME_TO_LIVE_MS }), true);
    return lines;
  },
};
