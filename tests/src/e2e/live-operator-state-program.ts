/**
 * A job whose keyed and operator state can be checked together at any moment: each record of a subtask
 * changes its key's count, its list and its union list, so that these tell of one number of records
 * exactly if they are of one moment.
 */
import assert from 'node:assert/strict';
import type { KeyGroups } from '@millrace/runtime';
import {
  type BroadcastEntry,
  type KeyedEntry,
  keyedSubtasks,
  type LiveState,
  type OperatorItem,
  readStateEntries,
  type StateEntry,
  type StateSource,
} from '@millrace/state-processor';
import {
  type CheckpointedFunction,
  DataGeneratorSource,
  DiscardingSink,
  type FunctionInitializationContext,
  type JobClient,
  type KeyedBroadcastContext,
  KeyedBroadcastProcessFunction,
  type ListState,
  ListStateDescriptor,
  MapStateDescriptor,
  RateLimiterStrategy,
  StreamExecutionEnvironment,
  Types,
  type ValueState,
  ValueStateDescriptor,
  WatermarkStrategy,
} from 'millrace';
import type { Settings } from './live-state-program.ts';

export const RULED = 'ruled';
export const RULES = 40;
export const RECENT = 5;
export const KEYS = 60;

/** Records of the attempt; a key that has had none in it says so by another attempt. */
const COUNT = new ValueStateDescriptor('count', Types.TUPLE(Types.INT, Types.LONG));
const RECENT_LIST = new ListStateDescriptor('recent', Types.LONG);
const SEEN_LIST = new ListStateDescriptor('seen', Types.TUPLE(Types.INT, Types.INT, Types.LONG));
const RULE_MAP = new MapStateDescriptor(
  'rules',
  Types.STRING,
  Types.POJO<{ since: number }>('Rule', { since: Types.LONG }),
);

class Ruled
  extends KeyedBroadcastProcessFunction<number, number, number, number>
  implements CheckpointedFunction
{
  private count!: ValueState<[number, number]>;
  private recent!: ListState<number>;
  private seen!: ListState<[number, number, number]>;
  private records = 0;

  initializeState({ operatorStateStore }: FunctionInitializationContext): void {
    this.recent = operatorStateStore.getListState(RECENT_LIST);
    this.seen = operatorStateStore.getUnionListState(SEEN_LIST);
    this.records = 0;
    this.tell();
  }

  snapshotState(): void {}

  override open(): void {
    this.count = this.runtimeContext.getState(COUNT);
  }

  override processElement(_value: number): void {
    const { attemptNumber } = this.runtimeContext.taskInfo;
    const [attempt, count] = this.count.value() ?? [attemptNumber, 0];
    this.count.update([attemptNumber, (attempt === attemptNumber ? count : 0) + 1]);
    this.records++;
    this.tell();
  }

  override processBroadcastElement(value: number, context: KeyedBroadcastContext<number>): void {
    context.getBroadcastState(RULE_MAP).put(`rule ${value % RULES}`, { since: value });
  }

  private tell(): void {
    const { attemptNumber, indexOfThisSubtask } = this.runtimeContext.taskInfo;
    this.recent.update(lastOf(this.records));
    this.seen.update([[indexOfThisSubtask, attemptNumber, this.records]]);
  }
}

function lastOf(records: number): number[] {
  const length = Math.min(RECENT, records);
  return Array.from({ length }, (_, i) => records - length + 1 + i);
}

/** Runs until it is cancelled. */
export async function liveRules(settings: Settings): Promise<JobClient> {
  const env = StreamExecutionEnvironment.createLocalEnvironment(settings);
  env.setServices({
    program: { module: import.meta.url, entryPoint: 'liveRules', args: [settings] },
    warn: () => {},
  });
  const numbers = (uid: string, perSecond: number) =>
    env
      .fromSource(
        new DataGeneratorSource((index) => index, Number.MAX_SAFE_INTEGER, {
          rateLimiterStrategy: RateLimiterStrategy.perSecond(perSecond),
        }),
        WatermarkStrategy.noWatermarks<number>(),
        uid,
        Types.LONG,
      )
      .uid(uid)
      .setParallelism(1);
  numbers('numbers', 50_000)
    .keyBy((value) => value % KEYS, Types.LONG)
    .connect(numbers('rules', 5000).broadcast(RULE_MAP))
    .process(new Ruled(), Types.LONG)
    .uid(RULED)
    .sinkTo(new DiscardingSink<number>())
    .uid('sink');
  return env.executeAsync('live rules');
}

export async function entriesOf<E extends StateEntry>(
  source: StateSource,
  state: string,
): Promise<E[]> {
  const entries: E[] = [];
  for await (const batch of readStateEntries(source, { operator: RULED, state })) {
    entries.push(...(batch as E[]));
  }
  return entries;
}

/** Reads all by a view, while the job goes on. @returns records of each subtask, by subtask */
export async function checkRules(live: LiveState): Promise<Map<number, number>> {
  const view = await live.openView(RULED);
  try {
    const counts = await entriesOf<KeyedEntry>(view, 'count');
    const recent = await entriesOf<OperatorItem>(view, 'recent');
    const told = new Map<number, number>();
    for (const { subtask, index, value } of await entriesOf<OperatorItem>(view, 'seen')) {
      const [of, attempt, records] = value as [number, number, number];
      assert.deepEqual([of, index], [subtask, 0]);
      const own = keyedSubtasks(live.liveOperator(RULED)).find((each) => each.subtask === subtask);
      const counted = counts
        .filter(({ keyGroup }) => isIn(keyGroup, own?.keyGroups))
        .map((entry) => entry.value as [number, number])
        .reduce((sum, [last, count]) => sum + (last === attempt ? count : 0), 0);
      const items = recent.filter((item) => item.subtask === subtask).map((item) => item.value);
      assert.equal(counted, records, `subtask ${subtask} shows more than one moment`);
      assert.deepEqual(items, lastOf(records));
      told.set(subtask, records);
    }
    checkCopies(await entriesOf<BroadcastEntry>(view, 'rules'), [...told.keys()]);
    return told;
  } finally {
    await view.close();
  }
}

function isIn(keyGroup: number, range: KeyGroups | undefined): boolean {
  return range !== undefined && range.startKeyGroup <= keyGroup && keyGroup <= range.endKeyGroup;
}

/** Each copy is of one moment: its rules are those that came last. */
function checkCopies(entries: readonly BroadcastEntry[], subtasks: readonly number[]): void {
  for (const subtask of subtasks) {
    const copy = entries.filter((entry) => entry.subtask === subtask);
    const since = copy.map(({ value }) => (value as { since: number }).since);
    const last = Math.max(...since);
    assert.deepEqual(
      since.toSorted((a, b) => b - a),
      copy.map((_, i) => last - i),
      `subtask ${subtask} shows more than one moment`,
    );
    for (const [i, { key }] of copy.entries()) {
      assert.equal(key, `rule ${(since[i] as number) % RULES}`);
    }
  }
}
