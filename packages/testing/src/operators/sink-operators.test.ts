import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type CommitRequest,
  type Committer,
  type SimpleVersionedSerializer,
  type Sink,
  type SinkWriter,
  type SinkWriterContext,
  TaskError,
  type WriterInitContext,
} from '@millrace/core';
import {
  CommittableCollector,
  CommittableCollectorSerializer,
  CommitterOperator,
  END_OF_INPUT,
  SinkWriterOperator,
} from '@millrace/runtime';
import { type OperatorHarnessOptions, OperatorTestHarness } from '../operator-harness.ts';

const text: SimpleVersionedSerializer<string> = {
  version: 1,
  serialize: (value) => new TextEncoder().encode(value),
  deserialize: (_version, bytes) => new TextDecoder().decode(bytes),
};

/** Prepares what was written since the last flush as one committable; its state is a count. */
class Batches implements Sink<string, string, string> {
  readonly calls: string[] = [];
  readonly committed: string[] = [];
  readonly writerStateSerializer = text;
  readonly committableSerializer = text;
  onCommit: (request: CommitRequest<string>) => void = (request) =>
    void this.committed.push(request.committable);

  createWriter(context: WriterInitContext): SinkWriter<string, string, string> {
    this.calls.push(`create ${context.subtaskId}`);
    return this.writer(0);
  }

  restoreWriter(
    context: WriterInitContext,
    states: readonly string[],
  ): SinkWriter<string, string, string> {
    this.calls.push(`restore ${context.restoredCheckpointId}: ${states.join()}`);
    return this.writer(Number(states[0] ?? 0));
  }

  async createCommitter(): Promise<Committer<string>> {
    return {
      commit: async (requests) => requests.forEach((request) => void this.onCommit(request)),
      close: () => void this.calls.push('close committer'),
    };
  }

  private writer(written: number): SinkWriter<string, string, string> {
    let batch: string[] = [];
    let count = written;
    return {
      write: (element: string, context: SinkWriterContext) => {
        batch.push(`${element}@${context.timestamp()}/${context.currentWatermark()}`);
        count++;
      },
      flush: (endOfInput) => void this.calls.push(`flush ${endOfInput}`),
      prepareCommit: async () => {
        const prepared = batch.length === 0 ? [] : [batch.join('+')];
        batch = [];
        return prepared;
      },
      snapshotState: () => [`${count}`],
      close: () => void this.calls.push('close writer'),
    };
  }
}

async function openWriter(options: OperatorHarnessOptions = {}, sink = new Batches()) {
  const writer = await OperatorTestHarness.open(
    new SinkWriterOperator({ name: 'out', sink }),
    options,
  );
  return { sink, writer };
}

async function openCommitter(options: OperatorHarnessOptions = {}, sink = new Batches()) {
  const committer = await OperatorTestHarness.open(
    new CommitterOperator({ name: 'out', sink, committerRetries: 3 }),
    options,
  );
  const add = (checkpointId: number, ...committables: string[]): void =>
    committer.processElement({ checkpointId, subtaskId: 0, numberOfSubtasks: 1, committables });
  return { sink, committer, add };
}

describe('the sink writer', () => {
  it('sees the timestamp of the record and the watermark', async () => {
    const { writer } = await openWriter();

    writer.processWatermark(3);
    writer.processElement('a', 5);
    writer.processElement('b');
    await writer.snapshot(1);

    assert.deepEqual(writer.values[0]?.committables, ['a@5/3+b@undefined/3']);
  });

  it('flushes and emits what it prepared, under the id of the checkpoint, before the barrier', async () => {
    const { sink, writer } = await openWriter({ subtask: 1, parallelism: 2 });
    writer.processElement('a', 5);

    await writer.operator.prepareSnapshotPreBarrier(7);

    assert.deepEqual(sink.calls, ['create 1', 'flush false']);
    assert.deepEqual(writer.values, [
      { checkpointId: 7, subtaskId: 1, numberOfSubtasks: 2, committables: ['a@5/-Infinity'] },
    ]);
  });

  it('is restored with its state and the id of the checkpoint', async () => {
    const { writer } = await openWriter();
    writer.processElement('a', 5);
    writer.processElement('b', 6);
    const restored = [await writer.snapshot(9)];

    const again = await openWriter({ restored });

    assert.deepEqual(again.sink.calls, ['restore 9: 2']);
  });

  it('that misses what it is restored with ends the job that was started with it, and restarts others', async () => {
    const { writer } = await openWriter();
    const restored = [await writer.snapshot(9)];
    const cause = new TaskError('SINK_FAILED', 'the part is lost');
    const sink = new Batches();
    sink.restoreWriter = () => {
      throw cause;
    };

    for (const [startsJob, reaction] of [
      [true, 'fatal'],
      [false, 'task'],
    ] as const) {
      await assert.rejects(openWriter({ restored, startsJob }, sink), {
        ...{ code: 'SINK_FAILED', cause, reaction },
        message: "sink 'out' (subtask 1/1): the part is lost",
      });
    }
  });

  it('flushes for good at the end of input and not again for the last checkpoint', async () => {
    const { sink, writer } = await openWriter();
    writer.processElement('a', 5);

    await writer.finish();
    await writer.snapshot(3);
    await writer.close();

    assert.deepEqual(sink.calls, ['create 0', 'flush true', 'close writer']);
    assert.deepEqual(
      writer.values.map((message) => message.checkpointId),
      [END_OF_INPUT],
    );
  });

  it('fails with SINK_FAILED when it throws, the record named and the cause kept', async () => {
    const sink = new Batches();
    const cause = new Error('read only');
    sink.createWriter = () => ({
      write: () => {
        throw cause;
      },
      flush: () => {},
      close: () => {},
    });
    const writer = await OperatorTestHarness.open(new SinkWriterOperator({ name: 'out', sink }));

    assert.throws(() => writer.processElement('a', 1), {
      code: 'SINK_FAILED',
      message: /sink 'out' \(subtask 1\/1\) threw at the record "a": read only/,
      cause,
    });
  });
});

describe('the committer', () => {
  it('commits nothing before a checkpoint that holds it has completed', async () => {
    const { sink, committer, add } = await openCommitter();
    add(1, 'a');
    add(2, 'b');
    await committer.snapshot(2);
    const before = [...sink.committed];

    await committer.notifyCheckpointComplete(1);

    assert.deepEqual([before, sink.committed], [[], ['a']]);
  });

  it('commits all checkpoints up to the completed one, in order, each once', async () => {
    const { sink, committer, add } = await openCommitter();
    add(2, 'b');
    add(1, 'a');
    add(3, 'c');

    await committer.notifyCheckpointComplete(2);
    await committer.notifyCheckpointComplete(2);

    assert.deepEqual(sink.committed, ['a', 'b']);
  });

  it('commits again what a restored checkpoint holds, before the first record', async () => {
    const { committer, add } = await openCommitter();
    add(1, 'a');
    add(2, 'b');
    const restored = [await committer.snapshot(2)];

    const again = await openCommitter({ restored });

    assert.deepEqual(again.sink.committed, ['a', 'b']);
  });

  it('commits what came at the end of input with the first checkpoint that holds it', async () => {
    const { sink, committer, add } = await openCommitter();
    await committer.snapshot(4);
    add(END_OF_INPUT, 'last');
    await committer.finish();
    await committer.notifyCheckpointComplete(4);
    const afterEarlier = [...sink.committed];

    await committer.snapshot(5);
    await committer.notifyCheckpointComplete(5);

    assert.deepEqual([afterEarlier, sink.committed], [[], ['last']]);
  });

  it('without checkpoints commits at the end of input', async () => {
    const { sink, committer, add } = await openCommitter({ checkpointingEnabled: false });
    add(END_OF_INPUT, 'all');

    await committer.finish();

    assert.deepEqual(sink.committed, ['all']);
  });

  it('tries again what asks for it, and only that', async () => {
    const { sink, committer, add } = await openCommitter();
    sink.onCommit = (request) => {
      if (request.committable === 'slow' && request.numberOfRetries < 2) {
        request.retryLater();
      } else {
        sink.committed.push(`${request.committable} ${request.numberOfRetries}`);
      }
    };
    add(1, 'slow', 'fast');

    await committer.notifyCheckpointComplete(1);

    assert.deepEqual(sink.committed, ['fast 0', 'slow 2']);
    assert.equal(committer.metrics.counter('retriedCommittables').count, 2);
  });

  it('fails when the retries are used up', async () => {
    const { sink, committer, add } = await openCommitter();
    sink.onCommit = (request) => request.retryLater();
    add(1, 'never');

    await assert.rejects(committer.notifyCheckpointComplete(1), {
      code: 'SINK_FAILED',
      message:
        /could not commit 1 committables of checkpoint 1 in 4 attempts.*sink\.committer\.retries \(3\)/,
    });
  });

  it('tries ten times more where the program does not say how often', async () => {
    const sink = new Batches();
    sink.onCommit = (request) => request.retryLater();
    const committer = await OperatorTestHarness.open(new CommitterOperator({ name: 'out', sink }));
    committer.processElement({
      checkpointId: 1,
      subtaskId: 0,
      numberOfSubtasks: 1,
      committables: ['never'],
    });

    await assert.rejects(committer.notifyCheckpointComplete(1), {
      code: 'SINK_FAILED',
      message: /in 11 attempts.*sink\.committer\.retries \(10\)/,
    });
  });

  it('drops what failed for a known reason, and counts it', async () => {
    const { sink, committer, add } = await openCommitter();
    sink.onCommit = (request) => request.signalFailedWithKnownReason(new Error('gone'));
    add(1, 'a');

    await committer.notifyCheckpointComplete(1);

    assert.equal(committer.metrics.counter('failedCommittables').count, 1);
    assert.equal(committer.metrics.values().get('pendingCommittables'), 0);
  });

  it('fails the task for an unknown reason, the cause kept', async () => {
    const { sink, committer, add } = await openCommitter();
    const cause = new Error('who knows');
    sink.onCommit = (request) => request.signalFailedWithUnknownReason(cause);
    add(1, 'a');

    await assert.rejects(committer.notifyCheckpointComplete(1), { code: 'SINK_FAILED', cause });
  });

  describe('that misses what it is restored with', () => {
    const missing = new TaskError('SINK_FAILED', 'the part is lost');
    const lose = (request: CommitRequest<string>): void =>
      request.signalFailedWithUnknownReason(missing);
    const told = { code: 'SINK_FAILED', cause: missing };
    it('ends the job that was started with it, and restarts others', async () => {
      const { committer, add } = await openCommitter();
      add(1, 'a');
      const restored = [await committer.snapshot(2)];

      for (const [startsJob, reaction] of [
        [true, 'fatal'],
        [false, 'task'],
      ] as const) {
        const sink = new Batches();
        sink.onCommit = lose;
        await assert.rejects(openCommitter({ restored, startsJob }, sink), {
          ...told,
          reaction,
          message: "sink 'out' (subtask 1/1) failed to commit: the part is lost",
        });
      }
    });

    it('restarts a job that has gone on from there', async () => {
      const { committer, add } = await openCommitter();
      add(1, 'a');
      const restored = [await committer.snapshot(2)];
      const again = await openCommitter({ restored, startsJob: true });
      again.sink.onCommit = lose;
      again.add(3, 'b');

      const failing = again.committer.notifyCheckpointComplete(3);

      await assert.rejects(failing, { ...told, reaction: 'task' });
    });
  });

  it('counts what the committer found committed already', async () => {
    const { sink, committer, add } = await openCommitter();
    sink.onCommit = (request) => request.signalAlreadyCommitted();
    add(1, 'a');

    await committer.notifyCheckpointComplete(1);

    assert.equal(committer.metrics.counter('alreadyCommittedCommittables').count, 1);
  });

  it('needs a committer and its serializer', () => {
    const { createWriter } = new Batches();

    assert.throws(() => new CommitterOperator({ name: 'out', sink: { createWriter } }), {
      code: 'INVALID_GRAPH',
      message: /the sink 'out' has no createCommitter; give both or neither/,
    });
  });
});

describe('the committer state', () => {
  const serializer = new CommittableCollectorSerializer(text);

  it('has the bytes of Flink 1.20', () => {
    const collector = new CommittableCollector<string>();
    collector.add({ checkpointId: 5, subtaskId: 1, numberOfSubtasks: 2, committables: ['A'] });

    const hex = Buffer.from(serializer.serialize(collector)).toString('hex');

    const request = '00000001' + '00000001' + '41' + '00000000' + '00000000';
    const requests = `000000000000000100000011${request}`;
    const subtask = `00000001${requests}00000001${'00000000'.repeat(2)}`;
    const subtasks = `0000000100000001${'0000002d'}${subtask}`;
    const checkpoint = `0000000000000005${'00000002'}${subtasks}`;
    assert.equal(hex, `b91f252c${'00000001'}${'00000001'}${'00000045'}${checkpoint}`);
  });

  it('cut short anywhere is refused', () => {
    const collector = new CommittableCollector<string>();
    collector.add({ checkpointId: 5, subtaskId: 1, numberOfSubtasks: 2, committables: ['A'] });
    const bytes = serializer.serialize(collector);

    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => serializer.deserialize(2, bytes.subarray(0, length)), {
        code: 'SNAPSHOT_CORRUPT',
      });
    }
  });

  it('in a version before Flink 1.15 is refused with the remedy', () => {
    assert.throws(() => serializer.deserialize(1, new Uint8Array()), {
      code: 'SNAPSHOT_VERSION_UNSUPPORTED',
      message: /take a savepoint with Flink 1\.20/,
    });
  });
});
