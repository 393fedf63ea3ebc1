import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ResultFuture, Types } from '@millrace/core';
import { type AsyncOutputMode, AsyncWaitOperator } from '@millrace/runtime';
import fc from 'fast-check';
import {
  type HarnessSnapshot,
  OperatorTestHarness,
  type OutputEvent,
} from '../operator-harness.ts';

/** What happens next: a record, a watermark, or one of the open calls gets its result. */
const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant('record' as const) },
    { weight: 1, arbitrary: fc.constant('watermark' as const) },
    { weight: 3, arbitrary: fc.nat() },
  ),
  { maxLength: 60 },
);
const capacities = fc.integer({ min: 1, max: 8 });

interface OpenCall {
  readonly value: number;
  readonly future: ResultFuture<number>;
}

/** Feeds an operator with the numbers from 0 and with watermarks that are the number to come. */
class Run {
  readonly calls: OpenCall[] = [];
  harness!: OperatorTestHarness<number, AsyncWaitOperator<number, number>>;
  private next = 0;

  async open(mode: AsyncOutputMode, capacity: number, restored: HarnessSnapshot[] = []) {
    const operator = new AsyncWaitOperator<number, number>({
      name: 'async',
      fn: {
        asyncInvoke: (value, future) => {
          assert.ok(this.calls.length < capacity, 'no more calls than the capacity');
          this.calls.push({ value, future });
        },
      },
      outputMode: mode,
      timeoutMs: 0,
      capacity,
      retryStrategy: undefined,
      inputType: Types.LONG,
    });
    this.harness = await OperatorTestHarness.open(
      operator,
      restored.length === 0 ? {} : { restored },
    );
    return this;
  }

  /** What went in, in order. */
  readonly input: OutputEvent<number>[] = [];

  async step(step: 'record' | 'watermark' | number): Promise<void> {
    if (step === 'record') {
      const value = this.next++;
      this.input.push({ value, timestamp: value });
      this.harness.processElement(value, value);
    } else if (step === 'watermark') {
      this.input.push({ watermark: this.next });
      this.harness.processWatermark(this.next);
    } else if (this.calls.length > 0) {
      const [call] = this.calls.splice(step % this.calls.length, 1) as [OpenCall];
      call.future.complete([call.value]);
      await this.harness.settle();
    }
  }

  async steps(all: readonly ('record' | 'watermark' | number)[]): Promise<void> {
    for (const step of all) {
      await this.step(step);
    }
  }

  async completeAll(): Promise<void> {
    while (this.calls.length > 0) {
      await this.step(0);
    }
  }
}

/** Sorted between watermarks, so that two orders which differ only there are equal. */
function betweenWatermarks(events: readonly OutputEvent<number>[]): string[] {
  const segments: string[] = [];
  let segment: number[] = [];
  for (const event of events) {
    if ('watermark' in event) {
      segments.push(segment.toSorted((a, b) => a - b).join(), `watermark ${event.watermark}`);
      segment = [];
    } else if ('value' in event) {
      segment.push(event.value);
    }
  }
  return [...segments, segment.toSorted((a, b) => a - b).join()];
}

describe('asynchronous I/O, in whatever order results come', () => {
  it('ordered: the output is the input', async () => {
    await fc.assert(
      fc.asyncProperty(steps, capacities, async (all, capacity) => {
        const run = await new Run().open('ordered', capacity);

        await run.steps(all);
        await run.completeAll();

        assert.deepEqual(run.harness.output, run.input);
      }),
    );
  });

  it('unordered: every result stays between its watermarks', async () => {
    await fc.assert(
      fc.asyncProperty(steps, capacities, async (all, capacity) => {
        const run = await new Run().open('unordered', capacity);

        await run.steps(all);
        await run.completeAll();

        assert.deepEqual(betweenWatermarks(run.harness.output), betweenWatermarks(run.input));
      }),
    );
  });

  for (const mode of ['ordered', 'unordered'] as const) {
    it(`${mode}: a restore calls for exactly what was in flight`, async () => {
      await fc.assert(
        fc.asyncProperty(steps, capacities, async (all, capacity) => {
          const before = await new Run().open(mode, capacity);
          await before.steps(all);
          const snapshot = await before.harness.snapshot(1);
          const emitted = [...before.harness.output];
          await before.harness.close();

          const after = await new Run().open(mode, capacity, [snapshot]);
          await after.completeAll();

          assert.deepEqual(
            betweenWatermarks([...emitted, ...after.harness.output]),
            betweenWatermarks(before.input),
          );
        }),
      );
    });
  }
});
