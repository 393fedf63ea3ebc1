/**
 * A job whose state can be checked at any moment: record `i` goes to key `i % KEYS`, in order, so that a
 * subtask's state is that of one moment exactly if its counts are those of one number of records.
 */
import assert from 'node:assert/strict';
import { keyGroupForKeyHash } from '@millrace/core';
import {
  type KeyedEntry,
  keyedSubtasks,
  type LiveState,
  readStateEntries,
} from '@millrace/state-processor';
import {
  DataGeneratorSource,
  DiscardingSink,
  type JobClient,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type MapState,
  MapStateDescriptor,
  RateLimiterStrategy,
  StreamExecutionEnvironment,
  Types,
  type ValueState,
  ValueStateDescriptor,
  WatermarkStrategy,
} from 'millrace';

export type Settings = Readonly<Record<string, string>>;

export const KEYS = 300;

/** Of a key after each record: how many there were, in three places. */
class Counts extends KeyedProcessFunction<number, number, number> {
  private readonly failAt: number;
  private count!: ValueState<number>;
  private again!: ValueState<number>;
  private parts!: MapState<string, number>;

  constructor(failAt: number) {
    super();
    this.failAt = failAt;
  }

  override open(): void {
    const count = new ValueStateDescriptor('count', Types.LONG);
    count.setQueryable('counts');
    this.count = this.runtimeContext.getState(count);
    this.again = this.runtimeContext.getState(new ValueStateDescriptor('again', Types.LONG));
    const parts = new MapStateDescriptor('parts', Types.STRING, Types.LONG);
    parts.setQueryable('parts');
    this.parts = this.runtimeContext.getMapState(parts);
  }

  override processElement(value: number, _context: KeyedProcessContext<number>): void {
    const count = (this.count.value() ?? 0) + 1;
    this.count.update(count);
    this.again.update(count);
    this.parts.put(`p${count % 3}`, count);
    if (value === this.failAt && this.runtimeContext.taskInfo.attemptNumber === 0) {
      throw new Error('planted');
    }
  }
}

/** Runs until it is cancelled. */
export async function liveCounts(settings: Settings, failAt = -1): Promise<JobClient> {
  const env = StreamExecutionEnvironment.createLocalEnvironment(settings);
  env.setServices({
    program: { module: import.meta.url, entryPoint: 'liveCounts', args: [settings, failAt] },
    warn: () => {},
  });
  env
    .fromSource(
      new DataGeneratorSource((index) => index, Number.MAX_SAFE_INTEGER, {
        rateLimiterStrategy: RateLimiterStrategy.perSecond(200_000),
      }),
      WatermarkStrategy.noWatermarks<number>(),
      'numbers',
      Types.LONG,
    )
    .uid('numbers')
    .setParallelism(1)
    .keyBy((value) => value % KEYS, Types.LONG)
    .process(new Counts(failAt), Types.LONG)
    .uid('counts')
    .sinkTo(new DiscardingSink<number>())
    .uid('sink');
  return env.executeAsync('live counts');
}

export const OPERATOR = 'counts';

/** Reads all by a view, while the job goes on. @returns records that each subtask had seen, by subtask */
export async function checkView(live: LiveState): Promise<Map<number, number>> {
  const view = await live.openView(OPERATOR);
  try {
    const found = new Map<number, Map<string, number>>();
    for (const state of ['count', 'again', 'parts']) {
      for await (const entries of readStateEntries(view, { operator: OPERATOR, state })) {
        for (const entry of entries as KeyedEntry[]) {
          const key = Number(entry.key);
          const ofKey = found.get(key) ?? new Map<string, number>();
          found.set(key, ofKey);
          const place = entry.userKey === undefined ? state : `${state} ${entry.userKey}`;
          assert.ok(!ofKey.has(place), `${key} ${place} comes twice`);
          ofKey.set(place, Number(entry.value));
        }
      }
    }
    return recordsSeen(live, found);
  } finally {
    await view.close();
  }
}

function keyGroupOf(key: number, maxParallelism: number): number {
  return keyGroupForKeyHash(Types.LONG.createSerializer().hashCode(key), maxParallelism);
}

/** The law of one moment. */
function recordsSeen(
  live: LiveState,
  found: ReadonlyMap<number, ReadonlyMap<string, number>>,
): Map<number, number> {
  const seen = new Map<number, number>();
  const operator = live.liveOperator(OPERATOR);
  for (const { subtask, keyGroups } of keyedSubtasks(operator)) {
    const { startKeyGroup, endKeyGroup } = keyGroups;
    const own = Array.from({ length: KEYS }, (_, key) => key).filter((key) => {
      const keyGroup = keyGroupOf(key, operator.described.maxParallelism);
      return keyGroup >= startKeyGroup && keyGroup <= endKeyGroup;
    });
    const counts = own.map((key) => found.get(key)?.get('count') ?? 0);
    // As many records as make the last key's count what it is, up to the last key that has one more.
    const least = Math.min(...counts);
    const more = counts.filter((count) => count === least + 1).length;
    const expected = own.map((_, index) => least + (index < more ? 1 : 0));
    assert.deepEqual(counts, expected, `subtask ${subtask} shows more than one moment`);
    for (const [index, key] of own.entries()) {
      const ofKey = found.get(key);
      const count = counts[index] as number;
      assert.equal(ofKey?.get('again') ?? 0, count, `key ${key}`);
      for (let last = count; last > Math.max(0, count - 3); last--) {
        assert.equal(ofKey?.get(`parts p${last % 3}`), last, `key ${key}`);
      }
    }
    seen.set(
      subtask,
      counts.reduce((sum, count) => sum + count, 0),
    );
  }
  return seen;
}
