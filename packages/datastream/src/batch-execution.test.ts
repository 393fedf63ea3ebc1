/** Programs that run as a batch: key after key, final results only. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Boundedness,
  type BroadcastContext,
  BroadcastProcessFunction,
  CollectionSource,
  type Collector,
  type KeyedBroadcastContext,
  KeyedBroadcastProcessFunction,
  type KeyedProcessContext,
  KeyedProcessFunction,
  type KeyedReadOnlyBroadcastContext,
  MAX_TIMESTAMP,
  MapStateDescriptor,
  MIN_TIMESTAMP,
  type OnTimerContext,
  type ReadOnlyBroadcastContext,
  TumblingEventTimeWindows,
  Types,
  type ValueState,
  ValueStateDescriptor,
  WatermarkStrategy,
} from '@millrace/core';
import { StreamExecutionEnvironment } from './stream-execution-environment.ts';

interface Visit {
  readonly page: string;
  readonly time: number;
}

const VISIT = Types.POJO<Visit>('Visit', { page: Types.STRING, time: Types.LONG });
const COUNT = new ValueStateDescriptor('count', Types.LONG);

const VISITS: readonly Visit[] = [
  { page: 'b', time: 7 },
  { page: 'a', time: 15 },
  { page: 'b', time: 3 },
  { page: 'a', time: 2 },
  { page: 'b', time: 12 },
];

/** Says what it sees: each record with how many came before, and each timer. */
class Recorder extends KeyedProcessFunction<string, Visit, string> {
  private count!: ValueState<number>;

  override open(): void {
    this.count = this.runtimeContext.getState(COUNT);
  }

  override processElement(
    visit: Visit,
    context: KeyedProcessContext<string>,
    out: Collector<string>,
  ): void {
    const count = (this.count.value() ?? 0) + 1;
    this.count.update(count);
    const timers = context.timerService();
    timers.registerEventTimeTimer(visit.time + 100);
    timers.registerProcessingTimeTimer(visit.time);
    const watermark = timers.currentWatermark() === MIN_TIMESTAMP ? 'none' : 'some';
    out.collect(`${visit.page}@${visit.time} #${count} watermark ${watermark}`);
  }

  override onTimer(time: number, context: OnTimerContext<string>, out: Collector<string>): void {
    const timers = context.timerService();
    const watermark = timers.currentWatermark() === MAX_TIMESTAMP ? 'end' : 'other';
    out.collect(`${context.currentKey} ${context.timeDomain} ${time} watermark ${watermark}`);
    timers.registerEventTimeTimer(time + 1); // Dropped: it would never end.
  }
}

const RULES = new MapStateDescriptor('rules', Types.STRING, Types.BOOLEAN);

class ApplyRules extends KeyedBroadcastProcessFunction<number, number, string, string> {
  override processElement(
    value: number,
    context: KeyedReadOnlyBroadcastContext<number>,
    out: Collector<string>,
  ): void {
    const rules = [...context.getBroadcastState(RULES).immutableEntries()].map(([rule]) => rule);
    out.collect(`${value} under ${rules.toSorted()}`);
  }

  override processBroadcastElement(rule: string, context: KeyedBroadcastContext<number>): void {
    context.getBroadcastState(RULES).put(rule, true);
  }
}

class ApplyRulesWithoutKeys extends BroadcastProcessFunction<number, string, string> {
  override processElement(
    value: number,
    context: ReadOnlyBroadcastContext,
    out: Collector<string>,
  ): void {
    const rules = [...context.getBroadcastState(RULES).immutableEntries()];
    out.collect(`${value} under ${rules.length} rules`);
  }

  override processBroadcastElement(rule: string, context: BroadcastContext): void {
    context.getBroadcastState(RULES).put(rule, true);
  }
}

/** They come to the function later than the records, unless these are held back. */
function rulesAfterTwoHops(env: StreamExecutionEnvironment) {
  return env
    .fromData(['double', 'negate'], Types.STRING)
    .rebalance()
    .map((rule) => rule, Types.STRING)
    .rebalance()
    .map((rule) => rule, Types.STRING)
    .broadcast(RULES);
}

function batch(configuration: Readonly<Record<string, string>> = {}) {
  const env = StreamExecutionEnvironment.createLocalEnvironment(configuration);
  return env.setRuntimeMode('BATCH');
}

function visits(env: StreamExecutionEnvironment) {
  return env
    .fromCollection(VISITS, VISIT)
    .assignTimestampsAndWatermarks(
      WatermarkStrategy.forMonotonousTimestamps<Visit>().withTimestampAssigner(({ time }) => time),
    );
}

describe('batch execution', () => {
  it('gives an operator with keys its records key after key, by timestamp, and fires the timers of a key at its end', async () => {
    const seen = await visits(batch())
      .keyBy(({ page }) => page, Types.STRING)
      .process(new Recorder())
      .executeAndCollect();

    assert.deepEqual(seen, [
      'a@2 #1 watermark none',
      'a@15 #2 watermark none',
      'a event-time 102 watermark end',
      'a event-time 115 watermark end',
      'a processing-time 2 watermark end',
      'a processing-time 15 watermark end',
      'b@3 #1 watermark none',
      'b@7 #2 watermark none',
      'b@12 #3 watermark none',
      'b event-time 103 watermark end',
      'b event-time 107 watermark end',
      'b event-time 112 watermark end',
      'b processing-time 3 watermark end',
      'b processing-time 7 watermark end',
      'b processing-time 12 watermark end',
    ]);
  });

  it('emits only the final result of a rolling reduce', async () => {
    const sums = await batch()
      .fromData([3, 1, 4, 1, 5, 9, 2, 6], Types.LONG)
      .keyBy((n) => n % 2, Types.LONG)
      .reduce((a, b) => a + b)
      .executeAndCollect();

    assert.deepEqual(
      sums.toSorted((a, b) => a - b),
      [12, 19],
    );
  });

  it('loses no record of a window to lateness, as there are no watermarks before the end', async () => {
    const counts = await visits(batch())
      .keyBy(({ page }) => page, Types.STRING)
      .window(TumblingEventTimeWindows.of(10))
      .reduce((a, b) => ({ page: `${a.page}${b.page}`, time: a.time }))
      .executeAndCollect();

    assert.deepEqual(counts.map(({ page }) => page).toSorted(), ['a', 'a', 'b', 'bb']);
  });

  it('gives the same at any parallelism, and when what it sorts does not fit its memory', async () => {
    const run = (configuration: Readonly<Record<string, string>>) =>
      batch(configuration)
        .fromSequence(1, 5_000)
        .keyBy((n) => n % 97, Types.LONG)
        .reduce((a, b) => a + b)
        .executeAndCollect()
        .then((sums) => sums.toSorted((a, b) => a - b));

    const inMemory = await run({});
    const inFiles = await run({
      'parallelism.default': '3',
      'taskmanager.memory.managed.size': '3 kb',
      'taskmanager.runtime.max-fan': '4',
    });

    assert.equal(inMemory.length, 97);
    assert.deepEqual(inFiles, inMemory);
  });

  it('gives the records of two inputs with one key one after the other', async () => {
    const env = batch();
    const names = env.fromData(['1: one', '2: two', '3: three'], Types.STRING);
    const numbers = env.fromData([3, 1, 2, 1], Types.LONG);
    const both = await numbers
      .keyBy((n) => n, Types.LONG)
      .connect(names.keyBy((name) => Number(name[0]), Types.LONG))
      .map({ map1: (n) => `number ${n}`, map2: (name) => `name ${name}` })
      .executeAndCollect();

    assert.deepEqual(both, [
      'number 1',
      'number 1',
      'name 1: one',
      'number 2',
      'name 2: two',
      'number 3',
      'name 3: three',
    ]);
  });

  for (const sorts of ['true', 'false']) {
    const settings = {
      'execution.sorted-inputs.enabled': sorts,
      'execution.batch-state-backend.enabled': sorts,
    };
    it(`reads a broadcast before all records with keys (sorted inputs: ${sorts})`, async () => {
      const env = batch(settings);
      const seen = await env
        .fromData([2, 1], Types.LONG)
        .keyBy((n) => n, Types.LONG)
        .connect(rulesAfterTwoHops(env))
        .process(new ApplyRules())
        .executeAndCollect();

      assert.deepEqual(seen.toSorted(), ['1 under double,negate', '2 under double,negate']);
    });
  }

  it('reads a broadcast before the records of a stream without keys, which keep their order', async () => {
    const env = batch();
    const seen = await env
      .fromData([3, 1, 2], Types.LONG)
      .connect(rulesAfterTwoHops(env))
      .process(new ApplyRulesWithoutKeys())
      .executeAndCollect();

    assert.deepEqual(seen, ['3 under 2 rules', '1 under 2 rules', '2 under 2 rules']);
  });

  it('is refused for an unbounded source, and not chosen by AUTOMATIC', async () => {
    const endless = (mode: 'BATCH' | 'AUTOMATIC') => {
      const env = StreamExecutionEnvironment.createLocalEnvironment().setRuntimeMode(mode);
      const boundedness: Boundedness = 'continuous-unbounded';
      const source = Object.assign(new CollectionSource([1]), { boundedness });
      env.fromSource(source, WatermarkStrategy.noWatermarks<number>(), 'Endless').print();
      return env;
    };

    assert.throws(() => endless('BATCH').getStreamGraph(), {
      code: 'INVALID_GRAPH',
      message: /'Source: Endless' is unbounded/,
    });
    assert.equal(endless('AUTOMATIC').getStreamGraph().settings.batchExecution, false);
    assert.equal(
      visits(batch().setRuntimeMode('AUTOMATIC')).executionEnvironment.getStreamGraph().settings
        .batchExecution,
      true,
    );
  });

  it('takes no checkpoints and no savepoints', async () => {
    const env = batch();
    env.enableCheckpointing('10 ms');
    env.fromSequence(1, 200_000).print();
    const client = await env.executeAsync();

    await assert.rejects(client.triggerSavepoint({ targetDirectory: '/tmp/none' }), {
      code: 'UNSUPPORTED',
    });
    await client.cancel();
    assert.equal(client.details().checkpoints.counts.completed, 0);
  });

  it('gives final results without sorting too, with the state of all keys at once', async () => {
    const seen = await visits(
      batch({
        'execution.sorted-inputs.enabled': 'false',
        'execution.batch-state-backend.enabled': 'false',
      }),
    )
      .keyBy(({ page }) => page, Types.STRING)
      .reduce((a, b) => ({ page: a.page, time: a.time + b.time }))
      .executeAndCollect();

    assert.deepEqual(
      seen.toSorted((a, b) => a.time - b.time),
      [
        { page: 'a', time: 17 },
        { page: 'b', time: 22 },
      ],
    );
  });

  it('needs sorted inputs to keep the state of one key at a time', () => {
    const env = batch({ 'execution.sorted-inputs.enabled': 'false' });
    env.fromData([1]).print();

    assert.throws(() => env.getStreamGraph(), {
      code: 'CONFIG_VALUE_INVALID',
      message: /execution\.batch-state-backend\.enabled/,
    });
  });
});
