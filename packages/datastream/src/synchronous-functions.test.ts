/** A function that gives a promise fails its job at once; a key selector gives one key for a record. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  BroadcastProcessFunction,
  CoProcessFunction,
  CountTrigger,
  GlobalWindows,
  KeyedProcessFunction,
  MapStateDescriptor,
  ProcessFunction,
  ProcessWindowFunction,
  PurgingTrigger,
  Types,
} from '@millrace/core';
import type { DataStream } from './data-stream.ts';
import { StreamExecutionEnvironment } from './stream-execution-environment.ts';

type Numbers = DataStream<number>;
interface Executable {
  executeAndCollect(): Promise<unknown>;
}

/** Any function, as a program in JavaScript hands it in. */
// biome-ignore lint/suspicious/noExplicitAny: the compiler refuses such functions.
const loose = (fn: unknown): any => fn;
// With parameters: a window function without is one that makes the function.
const failing = async (_first: unknown, _second?: unknown): Promise<never> => {
  throw new Error('after the call');
};
const method = (base: object, name: string): object =>
  Object.assign(Object.create(base), { [name]: failing });
const windows = (s: Numbers) =>
  s
    .keyBy(() => 1)
    .window(GlobalWindows.create())
    .trigger(PurgingTrigger.of(CountTrigger.of(2)));
const twice = (s: Numbers) => s.connect(s);
const COUNT = {
  createAccumulator: () => 0,
  add: (_v: number, n: number) => n + 1,
  getResult: (n: number) => n,
};
class Idle extends KeyedProcessFunction<number, number, number> {
  override processElement(
    _v: number,
    context: { timerService(): { registerProcessingTimeTimer(t: number): void } },
  ): void {
    context.timerService().registerProcessingTimeTimer(0);
  }
}
const RULES = new MapStateDescriptor('rules', Types.STRING, Types.LONG);

/** The call that the message names, and a program that makes it. */
const CALLS: readonly (readonly [string, (s: Numbers) => Executable])[] = [
  ['map', (s) => s.map(failing)],
  ['filter', (s) => s.filter(loose(failing))],
  ['flatMap', (s) => s.flatMap(loose(failing))],
  ['processElement', (s) => s.process(loose(method(ProcessFunction.prototype, 'processElement')))],
  [
    'processElement',
    (s) =>
      s.keyBy((n) => n).process(loose(method(KeyedProcessFunction.prototype, 'processElement'))),
  ],
  [
    'onTimer',
    (s) => s.keyBy((n) => n).process(loose(Object.assign(new Idle(), { onTimer: failing }))),
  ],
  ['reduce', (s) => s.keyBy(() => 1).reduce(loose(failing))],
  ['the key selector', (s) => s.keyBy(loose(failing)).reduce((a) => a)],
  ['map1', (s) => twice(s).map(loose({ map1: failing, map2: failing }))],
  ['flatMap2', (s) => twice(s).flatMap(loose({ flatMap1: () => {}, flatMap2: failing }))],
  [
    'processElement2',
    (s) =>
      twice(s).process(
        loose(
          Object.assign(method(CoProcessFunction.prototype, 'processElement2'), {
            processElement1: () => {},
          }),
        ),
      ),
  ],
  [
    'processBroadcastElement',
    (s) =>
      s.connect(s.broadcast(RULES)).process(
        loose(
          Object.assign(method(BroadcastProcessFunction.prototype, 'processBroadcastElement'), {
            processElement: () => {},
          }),
        ),
      ),
  ],
  ['the window function', (s) => windows(s).apply(loose(failing))],
  [
    'the window function',
    (s) => windows(s).process(loose(method(ProcessWindowFunction.prototype, 'process'))),
  ],
  ['reduce', (s) => windows(s).reduce(loose(failing))],
  ['add', (s) => windows(s).aggregate(loose({ ...COUNT, add: failing }))],
  ['getResult', (s) => windows(s).aggregate(loose({ ...COUNT, getResult: failing }))],
  [
    'evictBefore',
    (s) =>
      windows(s)
        .evictor(loose({ evictBefore: failing, evictAfter: () => {} }))
        .apply((_key) => {}),
  ],
  [
    'the trigger',
    (s) =>
      s
        .keyBy(() => 1)
        .window(GlobalWindows.create())
        .trigger(loose({ onElement: failing }))
        .apply((_key) => {}),
  ],
  [
    'the window function',
    (s) =>
      s
        .join(s)
        .where(() => 1)
        .equalTo(() => 1)
        .window(GlobalWindows.create())
        .trigger(loose(CountTrigger.of(2)))
        .apply(loose(failing)),
  ],
];

describe('a function that gives a promise', () => {
  for (const [i, [call, program]] of CALLS.entries()) {
    it(`fails the job and names itself and its operator, restarting nothing: ${call} (${i})`, async () => {
      const env = StreamExecutionEnvironment.getExecutionEnvironment({
        'restart-strategy.type': 'fixed-delay',
        'restart-strategy.fixed-delay.attempts': '3',
        'restart-strategy.fixed-delay.delay': '1 h',
      });

      await assert.rejects(
        program(env.fromData([1, 2, 3])).executeAndCollect(),
        (error: Error & { code: string }) => {
          assert.equal(error.code, 'FUNCTION_IS_ASYNC');
          assert.ok(error.message.startsWith(call), error.message);
          assert.match(error.message, /use AsyncDataStream/);
          return true;
        },
      );
    });
  }
});

describe('a key selector', () => {
  it('that gives two keys for one record fails the job, with the operator named', async () => {
    const env = StreamExecutionEnvironment.getExecutionEnvironment({ 'parallelism.default': '2' });
    let calls = 0;
    const keys = env.fromSequence(1, 100).keyBy(() => `${calls++}`);

    await assert.rejects(
      keys
        .reduce((a) => a)
        .name('sum')
        .executeAndCollect(),
      {
        code: 'KEY_NOT_DETERMINISTIC',
        message: /'sum.*gave two keys for one record/s,
      },
    );
  });
});
