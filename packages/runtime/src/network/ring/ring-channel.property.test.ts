import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CHECKPOINT } from '../../checkpoint/checkpoint-types.ts';
import type { ChannelEvent } from '../channel-event.ts';
import { openRing, type Received } from './ring-fixture.ts';

const EVENTS: readonly ChannelEvent[] = [
  { kind: 'watermark', watermark: 17 },
  { kind: 'watermark-status', status: 'idle' },
  {
    kind: 'latency-marker',
    marker: { markedTime: 9, operatorId: '0f'.repeat(16), subtaskIndex: 2 },
  },
  { kind: 'barrier', barrier: { checkpointId: 3, timestamp: 4, snapshotType: CHECKPOINT } },
  { kind: 'cancel-checkpoint', checkpointId: 3 },
  { kind: 'end-of-data' },
  { kind: 'end-of-data', awaitsSavepoint: true },
  { kind: 'end-of-partition' },
];

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ push: fc.string({ maxLength: 40, unit: 'binary' }) }) },
  { weight: 1, arbitrary: fc.record({ push: fc.string({ minLength: 200, maxLength: 3000 }) }) },
  { weight: 2, arbitrary: fc.record({ event: fc.constantFrom(...EVENTS) }) },
  { weight: 3, arbitrary: fc.record({ pollWriterAfterMs: fc.constantFrom(0, 1, 10, 11) }) },
  { weight: 4, arbitrary: fc.constant({ pollReader: true } as const) },
  { weight: 1, arbitrary: fc.record({ announceShare: fc.constantFrom(0.1, 0.5, 1) }) },
  { weight: 3, arbitrary: fc.record({ consume: fc.integer({ min: 1, max: 8 }) }) },
);

const setting = fc.record({
  segmentSizeBytes: fc.constantFrom(16, 24, 64, 128),
  segments: fc.integer({ min: 1, max: 5 }),
  bufferTimeoutMs: fc.constantFrom(-1, 0, 10),
  channelCapacity: fc.constantFrom(1, 2, 8),
  // Also positions that wrap during the run.
  startPosition: fc.constantFrom(0, -64, 2 ** 31 - 64),
});

describe('a channel through a ring, whatever the order of steps', () => {
  it('gives all that was put in, once, in order, and fills no channel beyond its capacity', () => {
    fc.assert(
      fc.property(setting, fc.array(step, { maxLength: 120, size: 'max' }), (of, steps) => {
        fc.pre(of.segmentSizeBytes * of.segments >= 64);
        const { writer, reader, channel, take } = openRing({ ...of, size: of });
        const expected: Received[] = [];
        const received: Received[] = [];
        let now = 0;
        for (const command of steps) {
          if ('push' in command) {
            expected.push({ value: command.push, timestamp: expected.length });
            writer.push(command.push, expected.length - 1);
          } else if ('event' in command) {
            expected.push({ event: command.event });
            writer.pushEvent(command.event);
          } else if ('pollWriterAfterMs' in command) {
            now += command.pollWriterAfterMs;
            writer.poll(now);
          } else if ('announceShare' in command) {
            reader.announceBufferSize(Math.ceil(of.segmentSizeBytes * command.announceShare));
          } else if ('pollReader' in command) {
            const couldMove = reader.canMove;
            assert.equal(reader.poll(), couldMove);
          } else {
            const all = take();
            received.push(...all.slice(0, command.consume));
            channel.head -= Math.max(0, all.length - command.consume);
          }
          assert.equal(channel.size <= of.channelCapacity, true);
        }

        writer.pushEvent({ kind: 'end-of-partition' }); // Sends what is open.
        for (let idle = 0; idle < 2; idle++) {
          now += 10;
          if (writer.poll(now) || reader.poll()) {
            idle = -1;
          }
          received.push(...take());
        }

        assert.deepEqual(received, [...expected, { event: { kind: 'end-of-partition' } }]);
        assert.equal(writer.numBytesOut, reader.numBytesIn);
        assert.equal(writer.numBuffersOut, reader.numBuffersIn);
        assert.equal(writer.isFull, false);
        assert.equal(reader.usage, 0);
      }),
      { numRuns: 300 },
    );
  });
});
