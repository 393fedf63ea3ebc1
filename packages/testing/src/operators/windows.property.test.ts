/** Windows of every kind against the naive model, over restores and rescaling. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AggregateFunction,
  type Collector,
  EventTimeSessionWindows,
  OutputTag,
  type ProcessWindowContext,
  ProcessWindowFunction,
  SlidingEventTimeWindows,
  SlidingProcessingTimeWindows,
  TumblingEventTimeWindows,
  Types,
  type Window,
} from '@millrace/core';
import fc from 'fast-check';
import { any, boundsOf, END, type WindowOptions } from './window-fixture.ts';
import { WindowFleet } from './window-fleet.ts';
import { type ModelOptions, type ModelWindow, WindowModel } from './window-model.ts';

const LATE = new OutputTag<string>('late');
const KEYS = ['a', 'b', 'c'];

/** The ids of a window's records, in order. It changes what it is given, as it may. */
const Ids: AggregateFunction<string, number[], string> = {
  createAccumulator: () => [],
  add: (value, ids) => {
    ids.push(Number(value.split(':')[1]));
    return ids;
  },
  getResult: (ids) => ids.sort((x, y) => x - y).join(' '),
  merge: (x, y) => {
    x.push(...y);
    y.length = 0;
    return x;
  },
};

/** Tells what fires and what is cleaned up. */
class Tell extends ProcessWindowFunction<string, string, string, Window> {
  private readonly cleared: string[];
  private readonly toIds: (elements: Iterable<string>) => string;

  constructor(cleared: string[], toIds: (elements: Iterable<string>) => string) {
    super();
    this.cleared = cleared;
    this.toIds = toIds;
  }

  override process(
    key: string,
    { window }: ProcessWindowContext<Window>,
    elements: Iterable<string>,
    out: Collector<string>,
  ): void {
    out.collect(`${key}${boundsOf(window)}: ${this.toIds(elements)}`);
  }

  override clear({ window }: ProcessWindowContext<Window>): void {
    // Copies of the function share what is no plain container.
    tell(this.cleared, boundsOf(window));
  }
}

/** Arrays in fields are copied for each subtask; the test keeps one for all. */
const clearedBy = new Map<number, string[]>();
function tell([run]: string[], text: string): void {
  clearedBy.get(Number(run))?.push(text);
}
let runs = 0;

type WindowFunctionMaker = (cleared: string[]) => WindowOptions['windowFunction'];

const sorted = (ids: Iterable<string>) =>
  [...ids]
    .map((value) => Number(value.split(':')[1]))
    .sort((x, y) => x - y)
    .join(' ');

const FUNCTIONS: Record<string, WindowFunctionMaker> = {
  aggregate: (cleared) => ({
    kind: 'aggregate',
    aggregateFunction: Ids,
    processFunction: any(new Tell(cleared, ([ids]) => ids as string)),
    accumulatorType: Types.LIST(Types.LONG),
  }),
  reduce: (cleared) => ({
    kind: 'reduce',
    // Records are `key:id,id`.
    reduceFunction: (x, y) => `${x},${y.split(':')[1]}`,
    processFunction: new Tell(cleared, ([reduced]) =>
      (reduced as string)
        .split(':')[1]!
        .split(',')
        .map(Number)
        .sort((x, y) => x - y)
        .join(' '),
    ),
    elementType: Types.STRING,
  }),
  process: (cleared) => ({
    kind: 'process',
    processFunction: new Tell(cleared, sorted),
    elementType: Types.STRING,
  }),
};

interface Kind {
  readonly assigner: () => WindowOptions['assigner'];
  readonly assign: ModelOptions['assign'];
  readonly merges: boolean;
  readonly functions: readonly string[];
}

function slidingBy(size: number, slide: number, offset = 0): Kind {
  return {
    assigner: () => any(SlidingEventTimeWindows.of(size, slide, offset)),
    assign: (time) => {
      const windows: ModelWindow[] = [];
      for (let start = time; start > time - size; start--) {
        if (Math.abs((start - offset) % slide) === 0) {
          windows.push({ start, end: start + size });
        }
      }
      return windows;
    },
    merges: false,
    functions: ['aggregate', 'reduce', 'process'],
  };
}

const KINDS: Record<string, Kind> = {
  'tumbling windows': {
    ...slidingBy(10, 10),
    assigner: () => any(TumblingEventTimeWindows.of(10)),
  },
  'sliding windows whose size is a multiple of the slide': slidingBy(20, 5, 2),
  'sliding windows whose size is no multiple of the slide': slidingBy(10, 4, -1),
  'sliding windows with gaps': slidingBy(4, 10),
  'session windows': {
    assigner: () => any(EventTimeSessionWindows.withGap(6)),
    assign: (time) => [{ start: time, end: time + 6 }],
    merges: true,
    functions: ['aggregate', 'reduce', 'process'],
  },
};

const steps = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant('record' as const),
        key: fc.constantFrom(...KEYS),
        time: fc.integer({ min: -30, max: 30 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('watermark' as const),
        raise: fc.integer({ min: 1, max: 20 }),
        /** To the one subtask, or to all. */
        only: fc.option(fc.nat(2), { freq: 2 }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('restore' as const),
        parallelism: fc.integer({ min: 1, max: 3 }),
        slices: fc.boolean(),
      }),
    },
  ),
  { maxLength: 60 },
);

async function checkAgainstModel(
  kind: Kind,
  makeFunction: WindowFunctionMaker,
  given: {
    readonly script: readonly (typeof steps extends fc.Arbitrary<infer S>
      ? S extends readonly (infer E)[]
        ? E
        : never
      : never)[];
    readonly allowedLateness: number;
    readonly slices: boolean;
  },
): Promise<void> {
  const run = ++runs;
  const cleared: string[] = [];
  clearedBy.set(run, cleared);
  const { assign, merges } = kind;
  const model = new WindowModel({ assign, merges, allowedLateness: given.allowedLateness });
  const options = (slidingWindowSlices: boolean): Partial<WindowOptions> => ({
    assigner: kind.assigner(),
    windowFunction: makeFunction([`${run}`]),
    allowedLateness: given.allowedLateness,
    lateDataOutputTag: LATE,
    slidingWindowSlices,
  });
  const fired: string[] = [];
  const late: string[] = [];
  let fleet = await WindowFleet.open(options(given.slices), { parallelism: 2 });
  let watermarks = new Map<number, number>();
  let highest = -40;
  const collect = () => {
    fired.push(...fleet.values);
    late.push(...fleet.sideOutput(LATE));
  };
  const advance = (watermark: number, isOn: (subtask: number) => boolean) => {
    fleet.processWatermark(watermark, isOn);
    model.advance(watermark, (key) => isOn(fleet.subtaskOf(key)));
    for (let i = 0; i < fleet.parallelism; i++) {
      if (isOn(i)) {
        watermarks.set(i, watermark);
      }
    }
  };

  for (const [id, step] of given.script.entries()) {
    if (step.kind === 'record') {
      const { key, time } = step;
      model.setWatermark(key, watermarks.get(fleet.subtaskOf(key)) ?? Number.NEGATIVE_INFINITY);
      fleet.processElement(`${key}:${id}`, time);
      model.add({ id, key, time });
    } else if (step.kind === 'watermark') {
      highest += step.raise;
      advance(highest, (subtask) => step.only === null || subtask === step.only);
    } else {
      const restored = await fleet.snapshot();
      collect();
      const { parallelism } = step;
      fleet = await WindowFleet.open(options(step.slices), { parallelism, restored });
      watermarks = new Map();
      model.restore();
    }
  }
  advance(END, () => true);
  collect();
  clearedBy.delete(run);

  for (const key of KEYS) {
    const ofKey = fired.filter((text) => text.startsWith(key)).map((text) => text.slice(1));
    assert.deepEqual(ofKey, model.fired.get(key) ?? [], `windows of ${key}`);
  }
  assert.deepEqual(late.map((value) => Number(value.split(':')[1])).sort(), model.late.sort());
  assert.deepEqual(cleared.sort(), [...model.cleaned.values()].flat().sort());
  assert.equal(fleet.numberOfStateEntries, 0);
  assert.ok(model.isEmpty);
}

for (const [title, kind] of Object.entries(KINDS)) {
  describe(title, () => {
    for (const name of kind.functions) {
      it(`give what the rules say, over restores and rescaling (${name})`, async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.record({
              script: steps,
              allowedLateness: fc.constantFrom(0, 3, 12, 40),
              slices: fc.boolean(),
            }),
            (given) => checkAgainstModel(kind, FUNCTIONS[name] as WindowFunctionMaker, given),
          ),
          { numRuns: 100 },
        );
      });
    }
  });
}

describe('sliding processing-time windows', () => {
  it('give the same with slices and without, over restores and rescaling', async () => {
    const script = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('record' as const), key: fc.constantFrom(...KEYS) }),
        fc.record({ kind: fc.constant('clock' as const), by: fc.integer({ min: 1, max: 9 }) }),
        fc.record({
          kind: fc.constant('restore' as const),
          parallelism: fc.integer({ min: 1, max: 3 }),
          slices: fc.boolean(),
        }),
      ),
      { maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(script, async (given) => {
        const results: string[][] = [];
        for (const variant of ['without', 'with', 'either'] as const) {
          const options = (slices: boolean): Partial<WindowOptions> => ({
            assigner: any(SlidingProcessingTimeWindows.of(10, 4)),
            windowFunction: (FUNCTIONS.aggregate as WindowFunctionMaker)([]),
            slidingWindowSlices: variant === 'either' ? slices : variant === 'with',
          });
          let fleet = await WindowFleet.open(options(true), { parallelism: 2 });
          const fired: string[] = [];
          let now = 0;
          for (const [id, step] of given.entries()) {
            if (step.kind === 'record') {
              fleet.processElement(`${step.key}:${id}`);
            } else if (step.kind === 'clock') {
              now += step.by;
              fleet.setProcessingTime(now);
            } else {
              const restored = await fleet.snapshot();
              fired.push(...fleet.values);
              const { parallelism } = step;
              fleet = await WindowFleet.open(options(step.slices), {
                parallelism,
                restored,
                processingTime: now,
              });
            }
          }
          fleet.setProcessingTime(now + 100);
          fired.push(...fleet.values);
          results.push(KEYS.flatMap((key) => fired.filter((text) => text.startsWith(key))));
          assert.equal(fleet.numberOfStateEntries, 0);
        }
        assert.deepEqual(results[1], results[0]);
        assert.deepEqual(results[2], results[0]);
      }),
      { numRuns: 100 },
    );
  });
});
