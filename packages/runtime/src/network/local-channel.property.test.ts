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

  it('tells events from records whatever the timestamp', () => {
    const channel = new LocalChannel(4);

    channel.push('no timestamp', -Infinity);
    channel.pushEvent({ kind: 'end-of-data' });

    assert.deepEqual(channel.timestamps.slice(0, 2).map(LocalChannel.isEvent), [false, true]);
  });
});
