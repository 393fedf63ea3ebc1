import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  MIN_TIMESTAMP,
  OutputTag,
  ProcessFunction,
  RichFunction,
  Types,
  ValueStateDescriptor,
} from '@millrace/core';
import { ProcessOperator, StreamFilter, StreamFlatMap, StreamMap } from '@millrace/runtime';
import { OperatorTestHarness } from '../operator-harness.ts';

describe('map, filter and flatMap', () => {
  it('map keeps the timestamp of the record', async () => {
    const map = await OperatorTestHarness.open(
      new StreamMap({ name: 'double', fn: (x: number) => x * 2 }),
    );

    map.processElement(4, 1000);

    assert.deepEqual(map.output, [{ value: 8, timestamp: 1000 }]);
  });

  it('take an object with the one method in place of a function', async () => {
    const fn = { factor: 3, map: (x: number): number => x * 3 };
    const map = await OperatorTestHarness.open(new StreamMap({ name: 'triple', fn }));

    map.processElement(4, 1000);

    assert.deepEqual(map.values, [12]);
  });

  it('filter lets through what the function says', async () => {
    const filter = await OperatorTestHarness.open(
      new StreamFilter({ name: 'even', fn: (x: number) => x % 2 === 0 }),
    );

    filter.processElement(1, 10);
    filter.processElement(2, 20);

    assert.deepEqual(filter.output, [{ value: 2, timestamp: 20 }]);
  });

  it('flatMap emits any number of records with the timestamp of the one', async () => {
    const words = await OperatorTestHarness.open(
      new StreamFlatMap<string, string>({
        name: 'words',
        fn: (line, out) => line.split(' ').forEach((word) => void out.collect(word)),
      }),
    );

    words.processElement('to be', 7);

    assert.deepEqual(words.output, [
      { value: 'to', timestamp: 7 },
      { value: 'be', timestamp: 7 },
    ]);
  });

  it('count records in and out', async () => {
    const filter = await OperatorTestHarness.open(
      new StreamFilter({ name: 'even', fn: (x: number) => x % 2 === 0 }),
    );

    filter.processElement(1);
    filter.processElement(2);

    assert.equal(filter.metrics.counter('numRecordsIn').count, 2);
    assert.equal(filter.metrics.counter('numRecordsOut').count, 1);
  });

  it('pass watermarks and statuses on', async () => {
    const map = await OperatorTestHarness.open(new StreamMap({ name: 'id', fn: (x: number) => x }));

    map.processWatermark(5);
    map.operator.processWatermarkStatus('idle');

    assert.deepEqual(map.output, [{ watermark: 5 }, { status: 'idle' }]);
  });
});

describe('a function that throws', () => {
  it('fails the task with the operator, the subtask and the record named, and the cause kept', async () => {
    const cause = new Error('no such airport');
    const map = await OperatorTestHarness.open(
      new StreamMap({
        name: 'airports',
        fn: () => {
          throw cause;
        },
      }),
      { subtask: 1, parallelism: 4 },
    );

    assert.throws(() => map.processElement({ origin: 'XXX' }, 1000), {
      code: 'USER_FUNCTION_FAILED',
      message:
        /operator 'airports' \(subtask 2\/4\).*\{"origin":"XXX"\} \(timestamp 1000\).*no such airport/,
      cause,
    });
  });

  it('is named once, by the operator that it belongs to', async () => {
    const inner = await OperatorTestHarness.open(
      new StreamMap({
        name: 'inner',
        fn: () => {
          throw new Error('boom');
        },
      }),
    );
    const outer = await OperatorTestHarness.open(
      new StreamFlatMap<string, string>({
        name: 'outer',
        fn: (value) => inner.processElement(value),
      }),
    );

    assert.throws(() => outer.processElement('x'), {
      code: 'USER_FUNCTION_FAILED',
      message: /operator 'inner'/,
    });
  });

  it('in open fails the start, and close is still called', async () => {
    const calls: string[] = [];
    class Failing extends RichFunction {
      map(x: number): number {
        return x;
      }
      override open(): void {
        throw new Error('no connection');
      }
      override close(): void {
        calls.push('close');
      }
    }
    const operator = new StreamMap<number, number>({ name: 'failing', fn: new Failing() });

    await assert.rejects(OperatorTestHarness.open(operator), {
      code: 'USER_FUNCTION_FAILED',
      message: /operator 'failing'.*in open: no connection/,
    });
    await operator.close();
    assert.deepEqual(calls, ['close']);
  });
});

describe('the life of a rich function', () => {
  it('is runtime context, initializeState, open, records, snapshotState, notifications, close', async () => {
    const calls: string[] = [];
    class Traced extends RichFunction {
      map(x: number): number {
        calls.push(`map ${x}`);
        return x;
      }
      initializeState(): void {
        calls.push(`initializeState ${this.runtimeContext.taskInfo.indexOfThisSubtask}`);
      }
      override open(): void {
        calls.push('open');
      }
      snapshotState(context: { checkpointId: number }): void {
        calls.push(`snapshotState ${context.checkpointId}`);
      }
      notifyCheckpointComplete(checkpointId: number): void {
        calls.push(`complete ${checkpointId}`);
      }
      notifyCheckpointAborted(checkpointId: number): void {
        calls.push(`aborted ${checkpointId}`);
      }
      override close(): void {
        calls.push('close');
      }
    }
    const map = await OperatorTestHarness.open(
      new StreamMap<number, number>({ name: 'traced', fn: new Traced() }),
    );

    map.processElement(1);
    await map.snapshot(7);
    await map.notifyCheckpointComplete(7);
    map.operator.notifyCheckpointAborted(8);
    await map.close();
    await map.close();

    assert.deepEqual(calls, [
      'initializeState 0',
      'open',
      'map 1',
      'snapshotState 7',
      'complete 7',
      'aborted 8',
      'close',
    ]);
  });

  it('belongs to a copy for each attempt', async () => {
    class Collecting extends RichFunction {
      readonly seen: number[] = [];
      map(x: number): number {
        this.seen.push(x);
        return this.seen.length;
      }
    }
    const fn = new Collecting();
    const first = await OperatorTestHarness.open(new StreamMap<number, number>({ name: 'c', fn }));
    const second = await OperatorTestHarness.open(new StreamMap<number, number>({ name: 'c', fn }));

    first.processElement(1);
    second.processElement(2);

    assert.deepEqual([first.values, second.values, fn.seen], [[1], [1], []]);
  });

  it('without keys has no keyed state, and says so', async () => {
    class Stateful extends RichFunction {
      map(x: number): number {
        return x;
      }
      override open(): void {
        this.runtimeContext.getState(new ValueStateDescriptor('last', Types.LONG));
      }
    }

    await assert.rejects(
      OperatorTestHarness.open(
        new StreamMap<number, number>({ name: 'plain', fn: new Stateful() }),
      ),
      { code: 'NO_CURRENT_KEY', message: /'plain' asks for the keyed state 'last'.*call keyBy/ },
    );
  });
});

describe('a process function on a stream without keys', () => {
  const LATE = new OutputTag<string>('late');

  it('sees the timestamp and the watermark and writes to side outputs', async () => {
    class Split extends ProcessFunction<string, string> {
      processElement(
        value: string,
        context: Parameters<ProcessFunction<string, string>['processElement']>[1],
        out: Parameters<ProcessFunction<string, string>['processElement']>[2],
      ): void {
        out.collect(`${value}@${context.timestamp()}/${context.timerService().currentWatermark()}`);
        context.output(LATE, value);
      }
    }
    const process = await OperatorTestHarness.open(
      new ProcessOperator({ name: 'split', fn: new Split() }),
    );

    process.processWatermark(3);
    process.processElement('a', 5);
    process.processElement('b', MIN_TIMESTAMP);

    assert.deepEqual(process.values, ['a@5/3', 'b@undefined/3']);
    assert.deepEqual(process.sideOutput(LATE)[0], { value: 'a', timestamp: 5 });
  });

  it('has no timers', async () => {
    class WithTimer extends ProcessFunction<string, string> {
      processElement(
        _value: string,
        context: Parameters<ProcessFunction<string, string>['processElement']>[1],
      ): void {
        context.timerService().registerEventTimeTimer(5);
      }
    }
    const process = await OperatorTestHarness.open(
      new ProcessOperator({ name: 'timed', fn: new WithTimer() }),
    );

    assert.throws(() => process.processElement('a', 1), {
      code: 'UNSUPPORTED',
      message: /a timer at 5 on a stream without keys; call keyBy/,
    });
  });
});
