/** What is told of a key, or of a value, that is not of the type that a program declares for it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  KeyedCoProcessFunction,
  type KeyedStream,
  RichFunction,
  StreamExecutionEnvironment,
  Types,
  ValueStateDescriptor,
} from 'millrace';

type Key = (n: number) => number;

/** Three numbers by a key that is declared as an `Int`. */
function keyedNumbers(key: Key): KeyedStream<number, number> {
  return StreamExecutionEnvironment.createLocalEnvironment()
    .fromData([1, 2, 3], Types.LONG)
    .keyBy(key, Types.INT);
}

class Remembers extends RichFunction {
  map(value: number): number {
    const descriptor = new ValueStateDescriptor('last', Types.LONG);
    this.runtimeContext.getState(descriptor).update(String(value) as never);
    return value;
  }
}

class RemembersBoth extends KeyedCoProcessFunction<number, number, number, number> {
  override processElement1(): void {}

  override processElement2(value: number): void {
    this.runtimeContext.getState(new ValueStateDescriptor('last', Types.LONG)).update(value);
  }
}

describe('of what is not of its declared type', () => {
  const ofLines = '.*declared-types\\.test\\.[tj]s:\\d+:\\d+';

  it('a key is told with the uid of the operator and the line that declares it', async () => {
    const sums = keyedNumbers(((n: number) => `k${n}`) as never as Key)
      .reduce((a, b) => a + b)
      .name('Sum')
      .uid('sums');

    await assert.rejects(sums.executeAndCollect(), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message: new RegExp(
        `^the key of operator 'Sum' \\(uid 'sums'\\) is declared as Int at ${ofLines}, but its key selector gave 'k1': 'k1' is not an Int; use a whole number from -2\\^31 to`,
      ),
    });
  });

  it('a key that there is none of is told so too', async () => {
    const sums = keyedNumbers((() => undefined) as never as Key)
      .reduce((a, b) => a + b)
      .name('Sum')
      .uid('sums');

    await assert.rejects(sums.executeAndCollect(), {
      code: 'KEY_UNDEFINED',
      message: new RegExp(
        `^the key selector of operator 'Sum' \\(uid 'sums', subtask 1/1\\) at ${ofLines} gave undefined for the record 1;`,
      ),
    });
  });

  it('the keys of two inputs are told with both lines', async () => {
    const first = keyedNumbers((n) => n);
    const second = first
      .map((n) => n, Types.LONG)
      .keyBy(((n: number) => `k${n}`) as never as Key, Types.INT);
    const both = first.connect(second).process(new RemembersBoth(), Types.LONG).uid('both');

    await assert.rejects(both.executeAndCollect(), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message: new RegExp(`\\(uid 'both'\\) is declared as Int at ${ofLines} and ${ofLines}, but`),
    });
  });

  it('a value is told with the uid of the operator', async () => {
    const last = keyedNumbers((n) => n)
      .map(new Remembers(), Types.LONG)
      .name('Last')
      .uid('last');

    await assert.rejects(last.executeAndCollect(), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message:
        /^value state 'last' of operator 'Last' \(uid 'last'\) is declared as Long and was given '1'/,
    });
  });
});
