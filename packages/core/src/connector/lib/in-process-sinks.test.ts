import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import type { SinkWriterContext, WriterInitContext } from '../sink.ts';
import { CollectSink } from './collect-sink.ts';
import { PrintSink } from './print-sink.ts';

const NO_CONTEXT: SinkWriterContext = { timestamp: () => undefined, currentWatermark: () => 0 };

function writerContext(subtaskId: number, numberOfParallelSubtasks: number): WriterInitContext {
  return { subtaskId, numberOfParallelSubtasks } as WriterInitContext;
}

function remoteContext(sink: CollectSink<number>, subtaskId: number): WriterInitContext {
  return {
    ...writerContext(subtaskId, 2),
    clock: { yieldTurn: () => new Promise<void>(() => {}) } as WriterInitContext['clock'],
    sendToCoordinator: async (event) => {
      sink.coordinator.handleWriterEvent(subtaskId, structuredClone(event));
    },
  };
}

class Target extends EventEmitter {
  text = '';
  full = false;

  write(text: string): boolean {
    this.text += text;
    return !this.full;
  }
}

describe('PrintSink', () => {
  const print = (value: unknown, parallelism = 1, sinkIdentifier = ''): string => {
    const target = new Target();
    const sink = new PrintSink({ target, sinkIdentifier });
    sink.createWriter(writerContext(0, parallelism)).write(value, NO_CONTEXT);
    return target.text;
  };

  it('writes one line for each record', () => {
    class Money {
      toString(): string {
        return 'EUR 5';
      }
    }

    assert.equal(print('text'), 'text\n');
    assert.equal(print(12), '12\n');
    assert.equal(print({ a: { b: [1, { c: 'x' }] } }), "{ a: { b: [ 1, { c: 'x' } ] } }\n");
    assert.equal(print(new Money()), 'EUR 5\n');
    assert.equal(print(undefined), 'undefined\n');
  });

  it('begins lines with identifier and subtask as Flink does', () => {
    assert.equal(print('x', 4), '1> x\n');
    assert.equal(print('x', 1, 'id'), 'id> x\n');
    assert.equal(print('x', 4, 'id'), 'id:1> x\n');
  });

  for (const event of ['drain', 'close']) {
    it(`waits for a full target until it says ${event}`, async () => {
      const target = new Target();
      target.full = true;
      const writer = new PrintSink({ target }).createWriter(writerContext(0, 1));
      writer.write('x', NO_CONTEXT);
      const waiting = writer.isAvailable?.();

      target.emit(event);
      await waiting;

      assert.notEqual(waiting, undefined);
      assert.equal(writer.isAvailable?.(), undefined);
    });
  }
});

describe('CollectSink', () => {
  it('keeps the records of each subtask in order, one subtask after another', () => {
    const sink = new CollectSink<string>();
    const second = sink.createWriter(writerContext(1, 2));
    const first = sink.createWriter(writerContext(0, 2));

    second.write('c', NO_CONTEXT);
    first.write('a', NO_CONTEXT);
    first.write('b', NO_CONTEXT);

    assert.deepEqual(sink.results, ['a', 'b', 'c']);
  });

  it('takes back what came after the checkpoint that is restored', () => {
    const sink = new CollectSink<number>();
    const writer = sink.createWriter(writerContext(0, 1));
    writer.write(1, NO_CONTEXT);
    const bytes = writer.snapshotState!(1).map((state) =>
      sink.writerStateSerializer.serialize(state),
    );
    writer.write(2, NO_CONTEXT);

    const states = bytes.map((state) => sink.writerStateSerializer.deserialize(1, state));
    sink.restoreWriter(writerContext(0, 1), states).write(3, NO_CONTEXT);

    assert.deepEqual(sink.results, [1, 3]);
  });

  it('begins again when there is nothing to restore', () => {
    const sink = new CollectSink<number>();
    sink.createWriter(writerContext(0, 1)).write(1, NO_CONTEXT);

    sink.createWriter(writerContext(0, 1));

    assert.deepEqual(sink.results, []);
  });

  it('tells when so many records are there', async () => {
    const sink = new CollectSink<number>();
    const writer = sink.createWriter(writerContext(0, 1));
    const collected = sink.whenCollected(2).then(() => sink.results.length);

    writer.write(1, NO_CONTEXT);
    writer.write(2, NO_CONTEXT);

    assert.equal(await collected, 2);
    await sink.whenCollected(1);
  });

  it('has the records of writers of another thread, in batches, before a flush is over', () => {
    const sink = new CollectSink<number>();
    const context = remoteContext(sink, 0);
    const writer = sink.createWriter(context);

    for (let i = 0; i < 600; i++) {
      writer.write(i, NO_CONTEXT);
    }

    assert.equal(sink.results.length, 512);
    void writer.flush(false);
    assert.deepEqual(
      sink.results,
      Array.from({ length: 600 }, (_, i) => i),
    );
  });

  it('takes back what a writer of another thread wrote after the checkpoint', () => {
    const sink = new CollectSink<number>();
    const writer = sink.createWriter(remoteContext(sink, 1));
    writer.write(1, NO_CONTEXT);
    const states = writer.snapshotState!(1);
    writer.write(2, NO_CONTEXT);
    void writer.flush(false);

    const restored = sink.restoreWriter(remoteContext(sink, 1), states);
    restored.write(3, NO_CONTEXT);
    void restored.flush(false);

    assert.deepEqual(sink.results, [1, 3]);
  });

  it('takes no more of another thread while much is on its way', async () => {
    const taken: (() => void)[] = [];
    const sink = new CollectSink<number>();
    const writer = sink.createWriter({
      ...remoteContext(sink, 0),
      sendToCoordinator: () => new Promise((resolve) => taken.push(resolve)),
    });
    for (let i = 0; i < 5_000; i++) {
      writer.write(i, NO_CONTEXT);
    }
    const room = writer.isAvailable?.();

    for (const take of taken) {
      take();
    }
    await room;

    assert.notEqual(room, undefined);
    assert.equal(writer.isAvailable?.(), undefined);
  });

  it('is brought by its replay to where it was', () => {
    const sink = new CollectSink<string>();
    sink.createWriter(writerContext(1, 2)).write('b', NO_CONTEXT);
    sink.createWriter(writerContext(0, 2)).write('a', NO_CONTEXT);
    const other = new CollectSink<string>();

    for (const { subtask, event } of sink.coordinator.replay()) {
      other.coordinator.handleWriterEvent(subtask, structuredClone(event));
    }

    assert.deepEqual(other.results, ['a', 'b']);
  });

  it('refuses state of another version', () => {
    assert.throws(() => new CollectSink().writerStateSerializer.deserialize(9, new Uint8Array()), {
      code: 'SNAPSHOT_VERSION_UNSUPPORTED',
    });
  });
});
