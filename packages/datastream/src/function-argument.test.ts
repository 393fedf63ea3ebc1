import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AggregateFunction,
  type Collector,
  CountTrigger,
  GlobalWindow,
  GlobalWindows,
  KeyedProcessFunction,
  type ProcessContext,
  type ProcessWindowContext,
  ProcessWindowFunction,
  perSubtask,
  type Trigger,
  type TriggerResult,
  Types,
  type Window,
  type WindowAssigner,
} from '@millrace/core';
import type { KeyedStream } from './keyed-stream.ts';
import { StreamExecutionEnvironment } from './stream-execution-environment.ts';

function numbers(): KeyedStream<number, number> {
  const env = StreamExecutionEnvironment.createLocalEnvironment({
    'restart-strategy.type': 'none',
  });
  return env.fromData([1, 2, 3]).keyBy((n) => n % 2);
}

/** Numbers what it sees. */
class Numbering extends KeyedProcessFunction<number, number, string> {
  #seen = 0;
  override processElement(value: number, _context: ProcessContext, out: Collector<string>): void {
    this.#seen += 1;
    out.collect(`${this.#seen}:${value}`);
  }
}

class Doubling {
  factor = 2;
  readonly times = (n: number): number => n * this.factor;
  map(n: number): number {
    return this.times(n);
  }
  filter(n: number): boolean {
    return this.times(n) > 2;
  }
  flatMap(n: number, out: Collector<number>): void {
    out.collect(this.times(n));
  }
  reduce(a: number, b: number): number {
    return this.times(a) + b;
  }
}

class Sum implements AggregateFunction<number, number, number> {
  #zero = 0;
  createAccumulator(): number {
    return this.#zero;
  }
  add(value: number, sum: number): number {
    return sum + value;
  }
  getResult(sum: number): number {
    return sum;
  }
  merge(a: number, b: number): number {
    return a + b;
  }
}

class Report extends ProcessWindowFunction<number, string, number, Window> {
  #fired = 0;
  override process(
    key: number,
    _context: ProcessWindowContext<Window>,
    values: Iterable<number>,
    out: Collector<string>,
  ): void {
    this.#fired += 1;
    out.collect(`${this.#fired}: key ${key} has ${[...values].join()}`);
  }
}

class EachRecord implements Trigger<number, Window> {
  #result: TriggerResult = 'fire';
  onElement(): TriggerResult {
    return this.#result;
  }
  onEventTime(): TriggerResult {
    return 'continue';
  }
  onProcessingTime(): TriggerResult {
    return 'continue';
  }
  clear(): void {}
}

class PrivateWindows implements WindowAssigner<number, GlobalWindow> {
  #windows = [GlobalWindow.INSTANCE];
  readonly isEventTime = false;
  readonly windowType = Types.GLOBAL_WINDOW;
  readonly defaultTrigger = CountTrigger.of(1);
  assignWindows(): readonly GlobalWindow[] {
    return this.#windows;
  }
}

describe('a function that the program hands in', () => {
  const windows = () => numbers().window(GlobalWindows.create()).trigger(CountTrigger.of(1));
  const refused: readonly [string, RegExp, () => unknown][] = [
    ['process', /process\(\(\) => new Numbering/, () => numbers().process(new Numbering())],
    ['map', /map\(perSubtask\(\(\) => new Doubling/, () => numbers().map(new Doubling())],
    ['filter', /filter\(perSubtask/, () => numbers().filter(new Doubling())],
    ['flatMap', /flatMap\(perSubtask/, () => numbers().flatMap(new Doubling())],
    ['reduce', /reduce\(perSubtask/, () => numbers().reduce(new Doubling())],
    ['window reduce', /reduce\(perSubtask/, () => windows().reduce(new Doubling())],
    ['aggregate', /aggregate\(\(\) => new Sum/, () => windows().aggregate(new Sum())],
    ['window process', /process\(\(\) => new Report/, () => windows().process(new Report())],
    ['window', /plain fields and methods/, () => numbers().window(new PrivateWindows())],
    ['trigger', /trigger\(\(\) => new EachRecord/, () => windows().trigger(new EachRecord())],
  ];
  for (const [call, remedy, build] of refused) {
    it(`is refused by ${call} at once when it cannot be copied`, () => {
      assert.throws(build, { code: 'UNSUPPORTED', message: remedy });
    });
  }

  const wrong: readonly [string, RegExp, unknown][] = [
    ['a class', /process got the class Numbering itself; .* new Numbering/, Numbering],
    ['a function of records', /a function with parameters; give an object/, (n: number) => n],
    ['an object without the method', /class Doubling; .* method processElement/, new Doubling()],
    ['undefined', /process got undefined/, undefined],
  ];
  for (const [what, message, given] of wrong) {
    it(`is refused by process when it is ${what}`, () => {
      assert.throws(() => numbers().process(given as Numbering), {
        code: 'INVALID_GRAPH',
        message,
      });
    });
  }
});

describe('a factory of functions', () => {
  it('makes one for each subtask', async () => {
    const env = StreamExecutionEnvironment.createLocalEnvironment().setParallelism(2);
    const made: Numbering[] = [];
    const create = (): Numbering => {
      const fn = new Numbering();
      made.push(fn);
      return fn;
    };

    const seen = await env
      .fromData([1, 2, 3])
      .partitionCustom(
        (n: number, subtasks) => n % subtasks,
        (n) => n,
      )
      .process(create)
      .executeAndCollect();

    assert.equal(made.length, 2);
    assert.deepEqual(seen.toSorted(), ['1:1', '1:2', '2:3']);
  });

  it('makes another for each attempt', async () => {
    const env = StreamExecutionEnvironment.createLocalEnvironment({
      'restart-strategy.type': 'fixed-delay',
      'restart-strategy.fixed-delay.delay': '0 ms',
    });
    let attempts = 0;
    const countOnce = perSubtask(() => {
      const attempt = ++attempts;
      let count = 0;
      return (n: number): number => {
        if (n === 2 && attempt === 1) {
          throw new Error('planted');
        }
        return ++count;
      };
    });

    const counts = await env.fromData([1, 2, 3]).map(countOnce).executeAndCollect();

    assert.deepEqual([attempts, counts], [2, [1, 2, 3]]);
  });

  it('serves windows: trigger, aggregate and window function', async () => {
    const windows = numbers()
      .window(GlobalWindows.create())
      .trigger(() => new EachRecord());

    const sums = await windows
      .aggregate(
        () => new Sum(),
        () => new Report(),
      )
      .executeAndCollect();

    assert.deepEqual(sums, ['1: key 1 has 1', '2: key 0 has 2', '3: key 1 has 4']);
  });

  it('that makes something else fails the job with a remedy', async () => {
    const stream = numbers().process(() => undefined as unknown as Numbering);

    await assert.rejects(stream.executeAndCollect(), { code: 'INVALID_GRAPH' });
  });
});
