import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Types } from '@millrace/core';
import { CHECKPOINT } from '../../checkpoint/checkpoint-types.ts';
import type { ChannelEvent } from '../channel-event.ts';
import { failingAt, openRing, records } from './ring-fixture.ts';

describe('a channel through a ring', () => {
  it('keeps records back until the buffer is full', () => {
    const { writer, reader, take } = openRing({ size: { segmentSizeBytes: 64, segments: 4 } });

    writer.push('0123456789', 0);
    writer.push('0123456789', 1);
    reader.poll();
    assert.deepEqual(take(), []);
    writer.push('0123456789', 2);
    reader.poll();

    assert.deepEqual(take(), records('0123456789', '0123456789'));
  });

  it('sends a buffer that is not full when its time is over, counted from the first poll', () => {
    const { writer, reader, take } = openRing({ bufferTimeoutMs: 100 });

    writer.push('a', 0);
    assert.equal(writer.poll(1000), false);
    assert.equal(writer.nextFlushMs, 1100);
    assert.equal(writer.poll(1099), false);
    assert.equal(writer.poll(1100), true);
    reader.poll();

    assert.deepEqual(take(), records('a'));
    assert.equal(writer.nextFlushMs, Number.POSITIVE_INFINITY);
  });

  it('sends each record at once when the timeout is 0, and together what found no room', () => {
    const { writer, reader, take } = openRing({
      bufferTimeoutMs: 0,
      size: { segmentSizeBytes: 64, segments: 1 },
    });

    writer.push('a', 0);
    reader.poll();
    assert.deepEqual(take(), records('a'));
    for (let i = 0; i < 4; i++) {
      writer.push('b', i);
    }
    const unpolled = reader.numBuffersIn;
    reader.poll();
    writer.poll(0);
    reader.poll();

    assert.deepEqual(take(), records('b', 'b', 'b', 'b'));
    assert.equal(reader.numBuffersIn - unpolled, 3);
  });

  it('sends a watermark at once with what is before it, one between two polls', () => {
    const { writer, reader, take } = openRing({ bufferTimeoutMs: 100 });
    const watermark = (time: number): ChannelEvent => ({ kind: 'watermark', watermark: time });

    writer.push('a', 0);
    writer.pushEvent(watermark(1));
    writer.push('b', 0);
    writer.pushEvent(watermark(3));
    reader.poll();
    assert.deepEqual(take(), [...records('a'), { event: watermark(1) }]);
    writer.poll(0);
    writer.pushEvent({ kind: 'watermark-status', status: 'idle' });
    reader.poll();

    assert.deepEqual(take(), [
      ...records('b'),
      { event: watermark(3) },
      { event: { kind: 'watermark-status', status: 'idle' } },
    ]);
  });

  it('keeps a watermark back as a record when the timeout is switched off', () => {
    const { writer, reader, take } = openRing({ bufferTimeoutMs: -1 });

    writer.pushEvent({ kind: 'watermark', watermark: 1 });
    reader.poll();

    assert.deepEqual(take(), []);
  });

  it('never sends a buffer by time when the timeout is switched off', () => {
    const { writer, reader, take } = openRing({ bufferTimeoutMs: -1 });

    writer.push('a', 0);
    writer.poll(0);
    writer.poll(1e15);
    reader.poll();

    assert.deepEqual(take(), []);
    assert.equal(writer.nextFlushMs, Number.POSITIVE_INFINITY);
  });

  it('sends every event at once, with all that it carries, behind the records before it', () => {
    const { writer, reader, take } = openRing({ size: { segmentSizeBytes: 64, segments: 32 } });
    const events: ChannelEvent[] = [
      { kind: 'barrier', barrier: { checkpointId: 7, timestamp: 99, snapshotType: CHECKPOINT } },
      {
        kind: 'barrier',
        barrier: {
          checkpointId: 8,
          timestamp: 100,
          snapshotType: {
            kind: 'savepoint',
            name: 'Terminate Savepoint',
            formatType: 'canonical',
            postCheckpointAction: 'terminate',
          },
        },
      },
      { kind: 'cancel-checkpoint', checkpointId: 8 },
      { kind: 'end-of-data', awaitsSavepoint: true },
      { kind: 'end-of-partition' },
    ];

    writer.push('a', 0);
    for (const event of events) {
      writer.pushEvent(event);
    }
    reader.poll();

    assert.deepEqual(take(), [...records('a'), ...events.map((event) => ({ event }))]);
  });

  it('carries watermarks, their status and latency markers among the records, to the ends of time', () => {
    const { writer, reader, take } = openRing();
    const marks: ChannelEvent[] = [
      { kind: 'watermark', watermark: -5 },
      { kind: 'watermark-status', status: 'idle' },
      { kind: 'watermark-status', status: 'active' },
      {
        kind: 'latency-marker',
        marker: { markedTime: 9, operatorId: '0f'.repeat(16), subtaskIndex: 2 },
      },
      { kind: 'watermark', watermark: Number.POSITIVE_INFINITY },
    ];

    writer.push('a', Number.NEGATIVE_INFINITY);
    for (const mark of marks) {
      writer.pushEvent(mark);
    }
    writer.poll(0);
    writer.poll(100);
    reader.poll();

    assert.deepEqual(take(), [
      { value: 'a', timestamp: Number.NEGATIVE_INFINITY },
      ...marks.map((event) => ({ event })),
    ]);
  });

  it('is full before a buffer no longer fits, takes more all the same, and loses none of it', () => {
    const { writer, reader, take, channel } = openRing({ channelCapacity: 4 });
    const sent: string[] = [];
    const received: unknown[] = [];

    while (!writer.isFull) {
      sent.push(`record ${sent.length}`);
      writer.push(sent.at(-1), sent.length - 1);
    }
    assert.equal(writer.usage > 0 && writer.usage < 1, true);
    for (let more = 0; more < 50; more++) {
      sent.push(`record ${sent.length}`);
      writer.push(sent.at(-1), sent.length - 1);
    }
    assert.equal(writer.usage > 1, true);
    for (let now = 0; received.length < sent.length; now += 100) {
      reader.poll();
      assert.equal(channel.size <= 4, true);
      received.push(...take());
      writer.poll(now);
    }

    assert.deepEqual(received, records(...sent));
    assert.equal(writer.isFull, false);
  });

  it('carries a record that is larger than the whole ring, in pieces', () => {
    const { writer, reader, take } = openRing();
    const large = 'é'.repeat(10_000);

    writer.push('before', 0);
    writer.push(large, 1);
    writer.push('after', 2);
    let polls = 0;
    const received = [];
    for (; received.length < 3; polls++) {
      reader.poll();
      received.push(...take());
      writer.poll(polls * 100);
    }

    assert.deepEqual(received, records('before', large, 'after'));
    assert.equal(polls > 50, true);
  });

  it('refuses a record that is larger than what may be sent, and goes on without it', () => {
    const { writer, reader, take } = openRing({ recordBytesMax: 1000 });

    writer.push('before', 0);
    assert.throws(() => writer.push('x'.repeat(1001), 1), {
      code: 'RECORD_TOO_LARGE',
      message:
        /^a record of operator 'map' \(subtask 1\/2\) takes 1012 bytes on the edge to 'sink' \(subtask 2\/2\); 1000 are the most/,
    });
    writer.push('after', 1);
    writer.poll(0);
    writer.poll(100);
    reader.poll();

    assert.deepEqual(take(), records('before', 'after'));
  });

  it('names operator, edge and record when a value is not of the declared type, and sends nothing of it', () => {
    const type = Types.TUPLE(Types.STRING, Types.LONG);
    const { writer, reader, take } = openRing({ type: type as never });

    writer.push(['a', 1], 0);
    assert.throws(() => writer.push(['half of it', 'written'], 1), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message:
        /^the record \["half of it","written"\] of operator 'map' \(subtask 1\/2\) does not fit the edge to 'sink' \(subtask 2\/2\): /,
    });
    writer.push(['b', 2], 1);
    writer.poll(0);
    writer.poll(100);
    reader.poll();

    assert.deepEqual(take(), records(['a', 1], ['b', 2]));
  });

  it('names operator, edge and record when the serializer throws, and sends nothing of it', () => {
    const type = failingAt('bad', () => new Error('no such codec'));
    const { writer, reader, take } = openRing({ type: type as never });

    writer.push('a', 0);
    assert.throws(() => writer.push('bad', 1), {
      code: 'SERIALIZER_FAILED',
      message:
        'the record "bad" of operator \'map\' (subtask 1/2) could not be written by the serializer ' +
        "of the edge to 'sink' (subtask 2/2): no such codec",
    });
    writer.push('b', 1);
    writer.poll(0);
    writer.poll(100);
    reader.poll();

    assert.deepEqual(take(), records('a', 'b'));
  });

  it('carries values of no declared type', () => {
    const { writer, reader, take } = openRing({
      type: Types.GENERIC,
      size: { segmentSizeBytes: 128, segments: 4 },
    });
    const value = { id: 12n, at: new Date(5), tags: new Set(['a', 'b']), more: [null, 1.5] };

    writer.push(value, 0);
    writer.poll(0);
    writer.poll(100);
    reader.poll();

    assert.deepEqual(take(), records(value));
  });
});
