import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  errorCode,
  type StreamElement,
  StreamElementSerializer,
  SystemClock,
  Types,
} from '@millrace/core';
import { ChannelStateReader, type ChannelStateStream, ChannelStateWriter } from '@millrace/state';
import { BarrierAlignment } from '../checkpoint/barrier-alignment.ts';
import { barrierOf, type CheckpointBarrier } from '../checkpoint/checkpoint-options.ts';
import { CHECKPOINT } from '../checkpoint/checkpoint-types.ts';
import { InputGate } from '../network/input-gate.ts';
import { LocalChannel } from '../network/local-channel.ts';
import { GateTaskInput } from './gate-task-input.ts';
import type { InputRecording } from './input-recording.ts';

const barrier = (checkpointId: number, timeoutMs: number | undefined = 0): CheckpointBarrier =>
  barrierOf({ checkpointId, timestamp: 0, snapshotType: CHECKPOINT }, timeoutMs);

class MemoryStream implements ChannelStateStream {
  position = 0;
  data: Uint8Array = new Uint8Array(0);

  async write(bytes: Uint8Array): Promise<void> {
    this.data = Buffer.concat([this.data, bytes]);
    this.position = this.data.length;
  }

  async closeAndGetHandle() {
    return { kind: 'byte-stream', handleName: 'memory', data: this.data } as const;
  }

  async abort(): Promise<void> {}
}

/** A task with channels of strings, whose mail is delivered when the test says so. */
function inputWith(channelCount: number) {
  const seen: string[] = [];
  const mails: (() => void)[] = [];
  const timers: { at: number; action: () => void }[] = [];
  const time = { ms: 0 };
  const suspended = { now: false };
  const recordings: InputRecording[] = [];
  const channels = Array.from({ length: channelCount }, () => new LocalChannel(64));
  const taskInput = new GateTaskInput(
    new InputGate(channels, () => {}),
    [
      {
        processElement: (value) => seen.push(String(value)),
        processWatermark: (watermark) => seen.push(`watermark ${watermark}`),
        processWatermarkStatus: (status) => seen.push(status),
        processLatencyMarker: () => {},
      },
    ],
    {
      inputIndexes: channels.map(() => 0),
      inFlight: channels.map((_, channelIndex) => ({
        gateIndex: 3,
        channelIndex,
        type: Types.STRING,
        edgeName: "from 'a' to 'b'",
      })),
      alignment: new BarrierAlignment({ numberOfChannels: channelCount, mode: 'EXACTLY_ONCE' }),
      hooks: {
        now: () => time.ms,
        startCheckpoint: ({ checkpointId }, _timing, recording) => {
          seen.push(`checkpoint ${checkpointId}`);
          if (recording !== undefined) {
            recordings.push(recording);
          }
        },
        abortCheckpoint: (id, reason) => seen.push(`abort ${id}: ${reason}`),
        runSoon: (action) => mails.push(action),
        runAt: (at, action) => {
          timers.push({ at, action });
          return { cancel: () => {} };
        },
        isSuspended: () => suspended.now,
      },
    },
  );
  const deliver = (): void => {
    for (const mail of mails.splice(0)) {
      mail();
    }
  };
  /** Reads all that may be read, `batch` at a time, and takes the mail in between as a task does. */
  const drain = (batch = 2): void => {
    while (taskInput.processBatch(batch) === 'more-available') {
      deliver();
    }
  };
  return {
    ...{ channels, seen, taskInput, timers, time, suspended, recordings, deliver, drain },
  };
}

/** By channel, what the recording wrote. */
async function written(recording: InputRecording, sliceMs = 1): Promise<Record<number, string[]>> {
  const writer = new ChannelStateWriter(0, () => new MemoryStream());
  await recording.writeTo(writer, { clock: new SystemClock(), sliceMs });
  const { inputChannelState } = await writer.close();
  const reader = new ChannelStateReader(async (handle) => {
    assert.equal(handle.kind, 'byte-stream');
    return {
      sizeBytes: handle.data.length,
      read: async (position, length) => handle.data.slice(position, position + length),
      close: async () => {},
    };
  });
  const found: Record<number, string[]> = {};
  for (const handle of inputChannelState) {
    assert.equal(handle.partitionIndex, 3);
    const elements: string[] = [];
    const elementSerializer = () => new StreamElementSerializer(Types.STRING.createSerializer());
    await reader.readElements({ name: 'c', handles: [handle], elementSerializer }, (each) =>
      elements.push(textOf(each)),
    );
    found[handle.channelIndex] = elements;
  }
  return found;
}

function textOf(element: StreamElement<string>): string {
  switch (element.kind) {
    case 'record':
      return element.value;
    case 'watermark':
      return `watermark ${element.timestamp}`;
    case 'watermark-status':
      return element.isIdle ? 'idle' : 'active';
    default:
      return element.kind;
  }
}

function push(channel: LocalChannel | undefined, ...values: string[]): void {
  for (const value of values) {
    channel?.push(value, 1);
  }
}

describe('what is in flight when a barrier overtakes', () => {
  it('is all that waits before it, event time too, and is processed all the same', async () => {
    const { channels, deliver, drain, recordings, seen } = inputWith(1);
    const [channel] = channels;
    push(channel, 'a');
    channel?.pushEvent({ kind: 'watermark', watermark: 5 });
    push(channel, 'b');
    channel?.pushEvent({ kind: 'watermark-status', status: 'idle' });

    channel?.pushBarrier(barrier(7));
    push(channel, 'behind');
    deliver();
    drain();

    assert.deepEqual(await written(recordings[0]!), { 0: ['a', 'watermark 5', 'b', 'idle'] });
    assert.deepEqual(seen, ['checkpoint 7', 'a', 'watermark 5', 'b', 'idle', 'behind']);
  });

  it('is what channels hold and get until their own barriers, each record once', async () => {
    const { channels, deliver, drain, recordings, seen } = inputWith(3);
    push(channels[0], 'a1', 'a2');
    push(channels[1], 'b1');
    channels[0]?.pushBarrier(barrier(7));
    deliver();
    drain();
    push(channels[0], 'a behind');
    push(channels[1], 'b2', 'b3', 'b4');
    drain();
    push(channels[1], 'b5');
    channels[1]?.pushBarrier(barrier(7));
    push(channels[1], 'b behind');
    deliver();
    drain();

    channels[2]?.pushBarrier(barrier(7));
    deliver();

    assert.deepEqual(await written(recordings[0]!), {
      0: ['a1', 'a2'],
      1: ['b1', 'b2', 'b3', 'b4', 'b5'],
    });
    assert.equal(seen.filter((each) => each === 'checkpoint 7').length, 1);
    assert.ok(recordings[0]!.bytesProcessed > 0);
  });

  it('ends at a barrier that is read in its place, in the middle of a batch', async () => {
    const { channels, deliver, drain, recordings } = inputWith(2);
    push(channels[0], 'a');
    push(channels[1], 'b');
    channels[1]?.pushEvent({ kind: 'barrier', barrier: barrier(7, undefined) });
    push(channels[1], 'behind');
    channels[0]?.pushBarrier(barrier(7));
    deliver();

    drain(64);

    assert.deepEqual(await written(recordings[0]!), { 0: ['a'], 1: ['b'] });
  });

  it('ends with a channel', async () => {
    const { channels, deliver, drain, recordings } = inputWith(2);
    push(channels[1], 'b');
    channels[1]?.pushEvent({ kind: 'end-of-data' });
    channels[1]?.pushEvent({ kind: 'end-of-partition' });
    channels[0]?.pushBarrier(barrier(7));
    deliver();

    drain();

    assert.deepEqual(await written(recordings[0]!), { 1: ['b'] });
  });

  it('is complete once all data has ended, though a barrier is missing', async () => {
    const { channels, deliver, drain, recordings } = inputWith(2);
    for (const channel of channels) {
      channel.pushEvent({ kind: 'end-of-data' });
    }
    channels[0]?.pushBarrier(barrier(7));
    deliver();

    drain();

    assert.deepEqual(await written(recordings[0]!), {});
  });

  it('begins with the bytes that have come of an element whose end waits at the sender', async () => {
    const { channels, deliver, recordings } = inputWith(1);
    const stream = new MemoryStream();
    channels[0]?.pushBarrier(barrier(7), Uint8Array.of(0, 0, 0, 9, 1));
    deliver();

    const writer = new ChannelStateWriter(0, () => stream);
    await recordings[0]?.writeTo(writer, { clock: new SystemClock(), sliceMs: 1 });

    assert.deepEqual([...stream.data], [0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 9, 1]);
  });

  it('is written in slices while records go on', async () => {
    const { channels, deliver, drain, recordings } = inputWith(1);
    const values = Array.from({ length: 500 }, (_, i) => `record ${i}`);
    push(channels[0], ...values);
    channels[0]?.pushBarrier(barrier(7));
    deliver();

    const writing = written(recordings[0]!, 0);
    drain(64);

    assert.deepEqual(await writing, { 0: values });
  });

  it('goes to the storage in chunks while barriers are awaited for long', async () => {
    const { channels, deliver, drain, recordings } = inputWith(2);
    channels[0]?.pushBarrier(barrier(7));
    deliver();
    const writing = written(recordings[0]!);
    const values = Array.from({ length: 100 }, (_, i) => `${i} ${'x'.repeat(2_000)}`);

    for (const value of values) {
      push(channels[1], value);
      drain();
      await new Promise((resolve) => setImmediate(resolve));
    }
    channels[1]?.pushBarrier(barrier(7));
    deliver();

    assert.deepEqual(await writing, { 1: values });
  });

  it('fails the checkpoint, and not the records, when one is not of its declared type', async () => {
    const { channels, deliver, drain, recordings, seen } = inputWith(1);
    channels[0]?.push(42, 1);
    channels[0]?.pushBarrier(barrier(7));
    deliver();

    drain();

    await assert.rejects(written(recordings[0]!), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message: /in flight from 'a' to 'b' is not of the declared type/,
    });
    assert.deepEqual(seen, ['checkpoint 7', '42']);
  });

  it('is dropped when the coordinator gives the checkpoint up, and the next one begins anew', async () => {
    const { channels, deliver, drain, recordings, taskInput, seen } = inputWith(2);
    push(channels[1], 'old');
    channels[0]?.pushBarrier(barrier(7));
    deliver();

    taskInput.checkpointAborted(7);
    drain();
    push(channels[1], 'new');
    for (const channel of channels) {
      channel.pushBarrier(barrier(8));
    }
    deliver();

    await assert.rejects(
      written(recordings[0]!),
      (error) => errorCode(error) === 'CHECKPOINT_DECLINED',
    );
    assert.deepEqual(await written(recordings[1]!), { 1: ['new'] });
    assert.deepEqual(seen, ['checkpoint 7', 'abort 7: cancelled', 'old', 'checkpoint 8']);
  });

  it('is dropped when the task ends', async () => {
    const { channels, deliver, recordings, taskInput } = inputWith(2);
    channels[0]?.pushBarrier(barrier(7));
    deliver();
    const writing = written(recordings[0]!);

    taskInput.close();

    await assert.rejects(writing, (error) => errorCode(error) === 'CHECKPOINT_DECLINED');
  });

  it('waits with a barrier until the task is done with the one before', () => {
    const { channels, deliver, seen, suspended } = inputWith(1);
    channels[0]?.pushBarrier(barrier(7));
    suspended.now = true;
    deliver();
    assert.deepEqual(seen, []);

    suspended.now = false;
    deliver();

    assert.deepEqual(seen, ['checkpoint 7']);
  });
});

describe('a barrier with a timeout', () => {
  it('overtakes from its place in every channel when its time is over', async () => {
    const { channels, deliver, drain, recordings, seen, timers } = inputWith(2);
    push(channels[0], 'a');
    push(channels[1], 'b');
    for (const channel of channels) {
      channel.pushBarrier(barrier(7, 50));
      channel.push('behind', 1);
    }
    deliver();
    assert.deepEqual(
      timers.map(({ at }) => at),
      [50],
    );

    timers[0]?.action();
    deliver();
    drain();

    assert.equal(seen[0], 'checkpoint 7');
    assert.deepEqual(await written(recordings[0]!), { 0: ['a'], 1: ['b'] });
    assert.deepEqual(
      seen.filter((each) => each.startsWith('checkpoint')),
      ['checkpoint 7'],
    );
    assert.equal(seen.filter((each) => each === 'behind').length, 2);
  });

  it('starts the checkpoint where some have come and others wait', async () => {
    const { channels, deliver, drain, recordings, timers, time } = inputWith(2);
    push(channels[0], 'a');
    channels[0]?.pushBarrier(barrier(7, 50));
    push(channels[0], 'a behind');
    push(channels[1], 'b1');
    deliver();
    drain();
    push(channels[1], 'b2');
    channels[1]?.pushBarrier(barrier(7, 50));
    push(channels[1], 'b behind');

    time.ms = 50;
    timers[0]?.action();
    deliver();
    drain();

    assert.deepEqual(await written(recordings[0]!), { 1: ['b2'] });
    assert.equal(recordings[0]?.alignmentDurationMs, 50);
  });

  it('aligns as ever when all come in time', () => {
    const { channels, deliver, drain, recordings, seen } = inputWith(2);
    for (const channel of channels) {
      channel.push('before', 1);
      channel.pushBarrier(barrier(7, 50));
      channel.push('behind', 1);
    }
    deliver();

    drain();

    assert.deepEqual(seen, ['before', 'before', 'checkpoint 7', 'behind', 'behind']);
    assert.deepEqual(recordings, []);
  });
});

describe('a task that begins with records in flight', () => {
  it('takes nothing new from any channel before all of them, and then the barrier that waits', async () => {
    const { channels, deliver, drain, recordings, seen } = inputWith(2);
    push(channels[0], 'a', 'a');
    for (const channel of channels) {
      channel.pushEvent({ kind: 'end-of-channel-state' });
    }
    push(channels[1], 'new');
    channels[1]?.pushBarrier(barrier(7));
    channels[0]?.pushBarrier(barrier(7));
    deliver();

    drain(1);

    assert.deepEqual(await written(recordings[0]!), { 1: ['new'] });
    assert.deepEqual(seen, ['a', 'a', 'checkpoint 7', 'new']);
  });
});
