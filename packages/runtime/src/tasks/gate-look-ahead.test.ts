import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BarrierAlignment } from '../checkpoint/barrier-alignment.ts';
import { InputGate } from '../network/input-gate.ts';
import { LocalChannel } from '../network/local-channel.ts';
import { RecordLookAhead } from '../operators/record-look-ahead.ts';
import { GateTaskInput } from './gate-task-input.ts';

/** Writes down what is processed, what is read ahead, and how many records that was asked for. */
function lookingAhead(options: {
  readonly keyOf: (value: unknown) => unknown;
  readonly isWorthwhile?: boolean;
}) {
  const seen: string[] = [];
  const asked: number[] = [];
  const channel = new LocalChannel(64);
  const lookAhead = new RecordLookAhead<unknown, unknown>(options.keyOf, {
    isWorthwhile: (records) => {
      asked.push(records);
      return options.isWorthwhile ?? true;
    },
    readAhead: (keys, hashCodes) => {
      const known = hashCodes === undefined ? '' : ` of ${hashCodes.slice(0, keys.length)}`;
      seen.push(`ahead ${keys.join(' ')}${known}`);
    },
  });
  const input = new GateTaskInput(
    new InputGate([channel], () => {}),
    [
      {
        lookAhead,
        processElement: (value) => {
          options.keyOf(value);
          seen.push(`record ${value}`);
        },
        processWatermark: (watermark) => seen.push(`watermark ${watermark}`),
        processWatermarkStatus: (status) => seen.push(status),
        processLatencyMarker: () => {},
      },
    ],
    {
      inputIndexes: [0],
      alignment: new BarrierAlignment({ numberOfChannels: 1, mode: 'EXACTLY_ONCE' }),
      hooks: {
        now: () => 0,
        startCheckpoint: () => {},
        abortCheckpoint: () => {},
        runSoon: (action: () => void) => action(),
        runAt: () => ({ cancel: () => {} }),
        isSuspended: () => false,
      },
    },
  );
  return { seen, asked, channel, input };
}

const UPPER = (value: unknown) => String(value).toUpperCase();

describe('the keys of records that wait in a channel', () => {
  it('are told before the first of the records, those of one slice at a time', () => {
    const { seen, asked, channel, input } = lookingAhead({ keyOf: UPPER });
    for (const value of ['a', 'b', 'c']) {
      channel.push(value, 1);
    }

    input.processBatch(2);
    input.processBatch(2);

    assert.deepEqual(seen, ['ahead A B', 'record a', 'record b', 'ahead C', 'record c']);
    assert.deepEqual(asked, [2, 1]);
  });

  it('are those of records alone, also behind a watermark', () => {
    const { seen, channel, input } = lookingAhead({ keyOf: UPPER });
    channel.push('a', 1);
    channel.pushEvent({ kind: 'watermark', watermark: 5 });
    channel.push('b', 6);

    input.processBatch(10);

    assert.deepEqual(seen, ['ahead A B', 'record a', 'watermark 5', 'record b']);
  });

  it('are those that came with the records where they did, and the selector is not asked', () => {
    const { seen, channel, input } = lookingAhead({
      keyOf: (value) => {
        seen.push(`key of ${value}`);
        return UPPER(value);
      },
    });
    const push = (value: string): void => channel.pushKeyed(value, 1, UPPER(value), value.length);
    push('before');
    input.processBatch(10);
    seen.length = 0;
    push('a');
    channel.pushEvent({ kind: 'watermark', watermark: 5 });
    push('bc');
    channel.push('restored', 1);

    input.processBatch(3);
    input.processBatch(10);

    assert.deepEqual(seen, [
      'ahead A BC of 1,2',
      ...['key of a', 'record a', 'watermark 5', 'key of bc', 'record bc'],
      ...['key of restored', 'ahead RESTORED', 'key of restored', 'record restored'],
    ]);
  });

  it('are not asked for where the backend has no use for them', () => {
    let calls = 0;
    const keyOf = (value: unknown): string => {
      calls++;
      return String(value);
    };
    const { seen, channel, input } = lookingAhead({ keyOf, isWorthwhile: false });
    channel.push('a', 1);

    input.processBatch(10);

    assert.deepEqual(seen, ['record a']);
    assert.equal(calls, 1);
  });

  it('end before a record whose key selector throws, which throws at the record itself', () => {
    const keyOf = (value: unknown): unknown => {
      if (value === 'bad') {
        throw new Error('no key');
      }
      return value;
    };
    const { seen, channel, input } = lookingAhead({ keyOf });
    for (const value of ['a', 'bad', 'c']) {
      channel.push(value, 1);
    }

    assert.throws(() => input.processBatch(10), /no key/);

    assert.deepEqual(seen, ['ahead a', 'record a']);
  });

  it('end before a record that has no key, or a promise in its place', async () => {
    const keys: Record<string, unknown> = {
      a: 'a',
      none: undefined,
      nothing: null,
      later: Promise.reject(new Error('nobody waits for it')),
    };
    for (const bad of ['none', 'nothing', 'later']) {
      const { seen, channel, input } = lookingAhead({ keyOf: (value) => keys[String(value)] });
      for (const value of ['a', bad, 'a']) {
        channel.push(value, 1);
      }

      input.processBatch(10);
      await Promise.resolve();

      assert.equal(seen[0], 'ahead a');
    }
  });
});
