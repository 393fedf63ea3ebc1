/** Rules of the interval join. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Collector,
  DataInputView,
  hashString,
  keyGroupForKeyHash,
  OutputTag,
  operatorIndexForKeyGroup,
  type ProcessJoinContext,
  ProcessJoinFunction,
  Types,
} from '@millrace/core';
import { type IntervalJoinBounds, IntervalJoinOperator } from '@millrace/runtime';
import { readKeyedBackendHeader } from '@millrace/state';
import { type OperatorHarnessOptions, OperatorTestHarness } from '../operator-harness.ts';

const LATE_LEFT = new OutputTag<string>('late left', Types.STRING);
const LATE_RIGHT = new OutputTag<string>('late right', Types.STRING);

class Pairs extends ProcessJoinFunction<string, string, string> {
  override processElement(
    left: string,
    right: string,
    context: ProcessJoinContext,
    out: Collector<string>,
  ): void {
    out.collect(`${left}@${context.leftTimestamp} ${right}@${context.rightTimestamp}`);
  }
}

/** At parallelism 2. */
function subtaskOf(key: string): number {
  return operatorIndexForKeyGroup(keyGroupForKeyHash(hashString(key), 128), {
    maxParallelism: 128,
    parallelism: 2,
  });
}

const keyOf = (value: string): string => value.split(':')[0] as string;

function openJoin(
  bounds: IntervalJoinBounds,
  options: OperatorHarnessOptions & { readonly lateOutputs?: boolean } = {},
) {
  const tags = { leftLateDataOutputTag: LATE_LEFT, rightLateDataOutputTag: LATE_RIGHT };
  return OperatorTestHarness.open(
    new IntervalJoinOperator<string, string, string, string>({
      name: 'join',
      fn: new Pairs(),
      keySelector1: keyOf,
      keySelector2: keyOf,
      keyType: Types.STRING,
      leftType: Types.STRING,
      rightType: Types.STRING,
      ...bounds,
      ...(options.lateOutputs ? tags : {}),
    }),
    options,
  );
}

describe('intervalJoin: ts1 + lower ≤ ts2 ≤ ts1 + upper', () => {
  it('joins records of one key whose times are in the interval, both bounds included', async () => {
    const join = await openJoin({ lowerBound: -2, upperBound: 3 });
    for (const time of [7, 8, 10, 13, 14]) {
      join.processElement2('k:r', time);
    }
    join.processElement2('other:r', 10);

    join.processElement1('k:l', 10);

    assert.deepEqual(join.values, ['k:l@10 k:r@8', 'k:l@10 k:r@10', 'k:l@10 k:r@13']);
  });

  it('finds a pair once, whichever of the two comes first', async () => {
    const join = await openJoin({ lowerBound: 0, upperBound: 5 });

    join.processElement1('k:l1', 10);
    join.processElement2('k:r', 12);
    join.processElement1('k:l2', 11);

    assert.deepEqual(join.values, ['k:l1@10 k:r@12', 'k:l2@11 k:r@12']);
  });

  it('gives records of one time all their pairs', async () => {
    const join = await openJoin({ lowerBound: 0, upperBound: 0 });
    join.processElement1('k:l1', 5);
    join.processElement1('k:l2', 5);

    join.processElement2('k:r1', 5);
    join.processElement2('k:r2', 5);

    assert.equal(join.values.length, 4);
  });

  it('is inner: a record that meets nobody gives nothing', async () => {
    const join = await openJoin({ lowerBound: -1, upperBound: 1 });

    join.processElement1('k:l', 10);
    join.processBothWatermarks(Number.POSITIVE_INFINITY);

    assert.deepEqual(join.values, []);
  });

  it('gives a pair the later one of its two times', async () => {
    const join = await openJoin({ lowerBound: -5, upperBound: 5 });
    join.processElement1('k:l', 10);

    join.processElement2('k:r', 12);
    join.processElement2('k:r', 7);

    assert.deepEqual(
      join.records.map(({ timestamp }) => timestamp),
      [12, 10],
    );
  });

  it('joins nothing when the interval is empty', async () => {
    const join = await openJoin({ lowerBound: 1, upperBound: -1 });

    join.processElement1('k:l', 10);
    join.processElement2('k:r', 10);

    assert.deepEqual(join.values, []);
  });

  it('needs event time: a record without it fails and names the side', async () => {
    const join = await openJoin({ lowerBound: 0, upperBound: 1 });

    assert.throws(() => join.processElement1('k:l'), {
      code: 'TIMESTAMP_MISSING',
      message: /the left stream of 'join'/,
    });
    assert.throws(() => join.processElement2('k:r'), {
      code: 'TIMESTAMP_MISSING',
      message: /the right stream of 'join'/,
    });
  });
});

describe('intervalJoin and the watermark', () => {
  it('drops a record below it, and joins one at it', async () => {
    const join = await openJoin({ lowerBound: -5, upperBound: 5 });
    join.processElement2('k:r', 10);
    join.processBothWatermarks(10);

    join.processElement1('k:late', 9);
    join.processElement1('k:in time', 10);

    assert.deepEqual(join.values, ['k:in time@10 k:r@10']);
  });

  it('sends late records to the side output of their side', async () => {
    const join = await openJoin({ lowerBound: 0, upperBound: 5 }, { lateOutputs: true });
    join.processBothWatermarks(10);

    join.processElement1('k:l', 9);
    join.processElement2('k:r', 8);

    assert.deepEqual(join.sideOutput(LATE_LEFT), [{ value: 'k:l', timestamp: 9 }]);
    assert.deepEqual(join.sideOutput(LATE_RIGHT), [{ value: 'k:r', timestamp: 8 }]);
    assert.equal(join.numberOfStateEntries, 0);
  });

  it('keeps a left record until it reaches ts + max(upper, 0)', async () => {
    const join = await openJoin({ lowerBound: -2, upperBound: 3 });
    join.processElement1('k:l', 10);

    join.processBothWatermarks(12);
    const before = join.numberOfStateEntries;
    join.processBothWatermarks(13);

    assert.deepEqual([before, join.numberOfStateEntries], [1, 0]);
  });

  it('keeps a right record until it reaches ts + max(−lower, 0)', async () => {
    const join = await openJoin({ lowerBound: -2, upperBound: 3 });
    join.processElement2('k:r', 10);

    join.processBothWatermarks(11);
    const before = join.numberOfStateEntries;
    join.processBothWatermarks(12);

    assert.deepEqual([before, join.numberOfStateEntries], [1, 0]);
  });

  it('keeps a record no longer than its own time when only older ones can meet it', async () => {
    const join = await openJoin({ lowerBound: -5, upperBound: -3 });
    join.processElement1('k:l', 10);

    join.processBothWatermarks(10);

    assert.equal(join.numberOfStateEntries, 0);
  });
});

describe("the state of an interval join, under Flink's names", () => {
  it('is restored with its timers at another parallelism', async () => {
    const join = await openJoin({ lowerBound: 0, upperBound: 5 });
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const key of keys) {
      join.processElement1(`${key}:l`, 10);
    }
    const restored = [await join.snapshot(1)];

    const values: string[] = [];
    let left = 0;
    for (const subtask of [0, 1]) {
      const half = await openJoin(
        { lowerBound: 0, upperBound: 5 },
        { subtask, parallelism: 2, restored },
      );
      for (const key of keys.filter((each) => subtaskOf(each) === subtask)) {
        half.processElement2(`${key}:r`, 12);
      }
      values.push(...half.values);
      half.processBothWatermarks(100);
      left += half.numberOfStateEntries;
    }

    assert.deepEqual(
      values.sort(),
      keys.map((key) => `${key}:l@10 ${key}:r@12`),
    );
    assert.equal(left, 0);
  });

  it('has the buffers and the cleanup timers that a savepoint of Flink has', async () => {
    const join = await openJoin({ lowerBound: 0, upperBound: 5 });
    join.processElement1('k:l', 10);

    const { state } = await join.snapshot(1);

    const handle = state.managedKeyedState;
    assert.ok(handle?.kind === 'key-groups' && handle.stream.kind === 'byte-stream');
    const header = readKeyedBackendHeader(new DataInputView(handle.stream.data));
    assert.deepEqual(
      header.states.map(({ name, backendStateType }) => [name, backendStateType]),
      [
        ['LEFT_BUFFER', 'KEY_VALUE'],
        ['RIGHT_BUFFER', 'KEY_VALUE'],
        ['_timer_state/event_CLEANUP_TIMER', 'PRIORITY_QUEUE'],
        ['_timer_state/processing_CLEANUP_TIMER', 'PRIORITY_QUEUE'],
      ],
    );
  });
});
