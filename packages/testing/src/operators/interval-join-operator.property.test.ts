import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Collector,
  hashString,
  keyGroupForKeyHash,
  operatorIndexForKeyGroup,
  type ProcessJoinContext,
  ProcessJoinFunction,
  Types,
} from '@millrace/core';
import { IntervalJoinOperator } from '@millrace/runtime';
import fc from 'fast-check';
import { OperatorTestHarness } from '../operator-harness.ts';

interface Bounds {
  readonly lowerBound: number;
  readonly upperBound: number;
}

interface Item {
  readonly key: string;
  readonly id: number;
}

type Step =
  | {
      readonly kind: 'record';
      readonly side: 'left' | 'right';
      readonly key: string;
      readonly time: number;
    }
  | { readonly kind: 'watermark'; readonly input: 0 | 1; readonly time: number }
  /** A snapshot, and a restore of it at this parallelism. */
  | { readonly kind: 'restore'; readonly parallelism: number };

class Pairs extends ProcessJoinFunction<Item, Item, string> {
  override processElement(
    left: Item,
    right: Item,
    _context: ProcessJoinContext,
    out: Collector<string>,
  ): void {
    out.collect(`${left.id}-${right.id}`);
  }
}

const ITEM = Types.POJO<Item>('lab.Item', { key: Types.STRING, id: Types.LONG });

type JoinHarness = OperatorTestHarness<string, IntervalJoinOperator<string, Item, Item, string>>;

/** All subtasks of the operator, which a restore replaces. */
class Subtasks {
  readonly results: string[] = [];
  private readonly bounds: Bounds;
  private harnesses: JoinHarness[] = [];
  private readonly watermarks = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];

  constructor(bounds: Bounds) {
    this.bounds = bounds;
  }

  async open(parallelism: number): Promise<void> {
    const restored = await Promise.all(this.harnesses.map((each) => each.snapshot(1)));
    this.collect();
    const options = {
      name: 'join',
      keySelector1: ({ key }: Item) => key,
      keySelector2: ({ key }: Item) => key,
      keyType: Types.STRING,
      leftType: ITEM,
      rightType: ITEM,
      ...this.bounds,
    };
    this.harnesses = await Promise.all(
      Array.from({ length: parallelism }, (_, subtask) =>
        OperatorTestHarness.open(
          new IntervalJoinOperator<string, Item, Item, string>({ ...options, fn: new Pairs() }),
          { subtask, parallelism, ...(restored.length > 0 ? { restored } : {}) },
        ),
      ),
    );
    // Upstream gives its watermarks again after a restore.
    for (const input of [0, 1]) {
      this.watermark(input, this.watermarks[input] as number);
    }
  }

  add(side: 'left' | 'right', item: Item, time: number): void {
    const keyGroup = keyGroupForKeyHash(hashString(item.key), 128);
    const parallelism = this.harnesses.length;
    const subtask = operatorIndexForKeyGroup(keyGroup, { parallelism, maxParallelism: 128 });
    const harness = this.harnesses[subtask] as JoinHarness;
    if (side === 'left') {
      harness.processElement1(item, time);
    } else {
      harness.processElement2(item, time);
    }
  }

  watermark(input: number, time: number): void {
    this.watermarks[input] = Math.max(time, this.watermarks[input] as number);
    for (const harness of this.harnesses) {
      if (input === 0) {
        harness.processWatermark1(this.watermarks[input]);
      } else {
        harness.processWatermark2(this.watermarks[input]);
      }
    }
  }

  /** @returns how many entries of state are left */
  end(): number {
    this.watermark(0, Number.POSITIVE_INFINITY);
    this.watermark(1, Number.POSITIVE_INFINITY);
    this.collect();
    return this.harnesses.reduce((sum, each) => sum + each.numberOfStateEntries, 0);
  }

  private collect(): void {
    for (const harness of this.harnesses) {
      this.results.push(...harness.records.map(({ value, timestamp }) => `${value}@${timestamp}`));
    }
  }
}

interface Kept extends Item {
  readonly side: 'left' | 'right';
  readonly time: number;
}

/** Every record that is not late meets every one that is still kept: what the operator must give. */
function naivePairs(steps: readonly Step[], { lowerBound, upperBound }: Bounds): string[] {
  const pairs: string[] = [];
  const watermarks = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let reached = Number.NEGATIVE_INFINITY;
  let kept: Kept[] = [];
  const isKept = ({ side, time }: Kept): boolean =>
    time + Math.max(side === 'left' ? upperBound : -lowerBound, 0) > reached;
  steps.forEach((step, id) => {
    if (step.kind === 'watermark') {
      watermarks[step.input] = Math.max(watermarks[step.input] as number, step.time);
      const combined = Math.min(...watermarks);
      if (combined > reached) {
        reached = combined;
        kept = kept.filter(isKept);
      }
    } else if (step.kind === 'restore') {
      kept = kept.filter(isKept); // Their timers fire at the watermark that comes again.
    } else if (step.time >= reached) {
      const own: Kept = { side: step.side, key: step.key, time: step.time, id };
      for (const other of kept) {
        const [left, right] = own.side === 'left' ? [own, other] : [other, own];
        const distance = right.time - left.time;
        const meets = distance >= lowerBound && distance <= upperBound;
        if (left.side !== right.side && left.key === right.key && meets) {
          pairs.push(`${left.id}-${right.id}@${Math.max(left.time, right.time)}`);
        }
      }
      kept.push(own);
    }
  });
  return pairs;
}

const time = fc.integer({ min: 0, max: 30 });
const record = fc.record({
  kind: fc.constant('record' as const),
  side: fc.constantFrom('left' as const, 'right' as const),
  key: fc.constantFrom('a', 'b', 'c', 'd'),
  time,
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: record, weight: 10 },
  {
    arbitrary: fc.record({
      kind: fc.constant('watermark' as const),
      input: fc.constantFrom(0 as const, 1 as const),
      time,
    }),
    weight: 4,
  },
  {
    arbitrary: fc.record({
      kind: fc.constant('restore' as const),
      parallelism: fc.integer({ min: 1, max: 3 }),
    }),
    weight: 1,
  },
);
const bounds = fc.record({
  lowerBound: fc.integer({ min: -6, max: 6 }),
  upperBound: fc.integer({ min: -6, max: 6 }),
});

describe('an interval join', () => {
  it('gives the pairs of the naive join, over any snapshots and restores, and cleans up', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), bounds, async (steps, interval) => {
        const join = new Subtasks(interval);
        await join.open(1);

        for (const [id, each] of steps.entries()) {
          switch (each.kind) {
            case 'restore':
              await join.open(each.parallelism);
              break;
            case 'watermark':
              join.watermark(each.input, each.time);
              break;
            default:
              join.add(each.side, { key: each.key, id }, each.time);
          }
        }
        const entriesLeft = join.end();

        assert.deepEqual(join.results.sort(), naivePairs(steps, interval).sort());
        assert.equal(entriesLeft, 0);
      }),
      { numRuns: 200 },
    );
  });
});
