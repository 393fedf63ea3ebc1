import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LocalChannel } from './local-channel.ts';

describe('a local channel', () => {
  it('gives what was put in, in order, however far it had to grow', () => {
    const steps = fc.array(fc.oneof(fc.constant('pop' as const), fc.constant('push' as const)));

    fc.assert(
      fc.property(steps, (commands) => {
        const channel = new LocalChannel(4);
        const expected: number[] = [];
        let next = 0;
        for (const command of commands) {
          if (command === 'push') {
            expected.push(next);
            channel.push(next, next);
            next++;
          } else if (channel.size > 0) {
            const at = channel.head & channel.mask;
            assert.equal(channel.values[at], expected[0]);
            assert.equal(channel.timestamps[at], expected.shift());
            channel.head++;
          }
          assert.equal(channel.size, expected.length);
        }
      }),
    );
  });

  it('is full from its capacity on, but takes more', () => {
    const channel = new LocalChannel(2);

    channel.push('a', 1);
    assert.equal(channel.isFull, false);
    channel.push('b', 2);
    channel.push('c', 3);

    assert.equal(channel.isFull, true);
    assert.equal(channel.size, 3);
  });

  it('tells its listener when it stops being empty', () => {
    const channel = new LocalChannel(2);
    let told = 0;
    channel.setDataListener(() => {
      told++;
    });

    channel.push('a', 1);
    channel.push('b', 2);
    channel.head += 2;
    channel.push('c', 3);

    assert.equal(told, 2);
  });

  it('gives the keys that came with records while it keeps them, however far it had to grow', () => {
    const step = fc.constantFrom('push', 'push', 'keyed', 'keyed', 'event', 'pop', 'take', 'keep');

    fc.assert(
      fc.property(fc.array(step, { size: 'medium' }), (commands) => {
        const channel = new LocalChannel(4);
        let keeps = false;
        let next = 0;
        /** What each element has: a key that is kept, none, or it is no record. */
        let model: (number | 'none' | 'event')[] = [];
        for (const command of commands) {
          next++;
          if (command === 'push') {
            channel.push(next, next);
            model.push('none');
          } else if (command === 'keyed') {
            channel.pushKeyed(next, next, `key-${next}`, next);
            model.push(keeps ? next : 'none');
          } else if (command === 'event') {
            channel.pushEvent({ kind: 'watermark', watermark: next });
            model.push('event');
          } else if (command === 'pop' && channel.size > 0) {
            model.shift();
            channel.forgetKeys(1);
            channel.head++;
          } else if (command === 'keep') {
            keeps = !keeps;
            channel.keepKeys(keeps);
            model = keeps ? model : model.map((each) => (each === 'event' ? each : 'none'));
          } else if (command === 'take') {
            const elements = next % 7;
            const wanted = taken(model.slice(0, elements));
            const hashCodes = new Int32Array(elements);

            const keys = channel.takeKeys(elements, hashCodes);

            assert.deepEqual(
              keys,
              wanted.map((each) => `key-${each}`),
            );
            assert.deepEqual([...hashCodes.subarray(0, keys.length)], wanted);
            model = model.map((each, i) => (i < elements && each !== 'event' ? 'none' : each));
          }
        }
      }),
    );
  });

  it('tells events from records whatever the timestamp', () => {
    const channel = new LocalChannel(4);

    channel.push('no timestamp', -Infinity);
    channel.pushEvent({ kind: 'end-of-data' });

    assert.deepEqual(channel.timestamps.slice(0, 2).map(LocalChannel.isEvent), [false, true]);
  });
});

/** Up to the first record without a key. */
function taken(elements: readonly (number | 'none' | 'event')[]): number[] {
  const end = elements.indexOf('none');
  return elements
    .slice(0, end < 0 ? elements.length : end)
    .filter((element) => typeof element === 'number');
}
