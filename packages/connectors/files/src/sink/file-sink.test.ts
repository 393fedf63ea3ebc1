import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import {
  checkpoint,
  clockAt,
  commit,
  committedFiles,
  freshWriter,
  hiddenFiles,
  restoredWriter,
  writeAll,
} from '../testing/sink-harness.ts';
import { dateTimeBucketAssigner } from './bucket-assigner.ts';
import { FileSink, type FileSinkOptions } from './file-sink.ts';
import { stringEncoder } from './row-encoder.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-file-sink-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function sinkWith(options: FileSinkOptions<string> = {}): FileSink<string> {
  return FileSink.forRowFormat(folder, stringEncoder(), options);
}

const byFirstLetter = (element: string): string => element.slice(0, 1);

describe('a part', () => {
  it('is hidden until its checkpoint completed', async () => {
    const sink = sinkWith();
    const writer = freshWriter(sink);
    writeAll(writer, ['a', 'b']);

    const taken = await checkpoint(sink, writer, true);
    const before = committedFiles(folder);
    const failures = await commit(sink, taken.committables);

    assert.deepEqual(before, {});
    assert.deepEqual(failures, []);
    assert.deepEqual(committedFiles(folder), { 'part-0-0': 'a\nb\n' });
    assert.deepEqual(hiddenFiles(folder), []);
  });

  it('stays open across checkpoints', async () => {
    const sink = sinkWith();
    const writer = freshWriter(sink);
    writeAll(writer, ['a']);
    const first = await checkpoint(sink, writer);
    writeAll(writer, ['b']);

    await commit(sink, (await checkpoint(sink, writer, true)).committables);

    assert.equal(first.committables.length, 0);
    assert.deepEqual(committedFiles(folder), { 'part-0-0': 'a\nb\n' });
  });

  it('ends at its size, wherever checkpoints fall', async () => {
    const options = { rollingPolicy: { maxPartSizeBytes: 6 } };
    const sink = sinkWith(options);
    const writer = freshWriter(sink);
    writeAll(writer, ['ää', 'b', 'c']);
    const first = await checkpoint(sink, writer);
    writeAll(writer, ['d', 'e', 'f', 'g']);

    const last = await checkpoint(sink, writer, true);
    await commit(sink, [...first.committables, ...last.committables]);

    assert.deepEqual(committedFiles(folder), {
      'part-0-0': 'ää\nb\n',
      'part-0-1': 'c\nd\ne\n',
      'part-0-2': 'f\ng\n',
    });
  });

  it('ends at a checkpoint when it is old, idle, or always', async () => {
    const policies = [
      { rolloverIntervalMs: 10 },
      { inactivityIntervalMs: 10 },
      { rollOnCheckpoint: true },
    ];
    const counts: number[][] = [];
    for (const [subtaskId, rollingPolicy] of policies.entries()) {
      const sink = sinkWith({ rollingPolicy });
      const clock = clockAt(0);
      const writer = freshWriter(sink, { clock, subtaskId });
      writeAll(writer, ['a']);
      const taken: number[] = [];
      for (const now of [5, 12, 22]) {
        clock.ms = now;
        taken.push((await checkpoint(sink, writer)).committables.length);
      }
      counts.push(taken);
      await writer.close();
    }

    assert.deepEqual(counts, [
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ]);
  });

  it('is named by prefix, subtask, counter and suffix', async () => {
    const sink = sinkWith({ outputFileConfig: { partPrefix: 'out', partSuffix: '.txt' } });
    const writer = freshWriter(sink, { subtaskId: 3, numberOfParallelSubtasks: 4 });
    writeAll(writer, ['a']);

    await commit(sink, (await checkpoint(sink, writer, true)).committables);

    assert.deepEqual(Object.keys(committedFiles(folder)), ['out-3-0.txt']);
  });

  it('longer than all buffers is whole', async () => {
    const sink = sinkWith();
    const writer = freshWriter(sink);
    const long = '€'.repeat(400_000);
    writeAll(writer, [long, 'b', long]);

    await commit(sink, (await checkpoint(sink, writer, true)).committables);

    assert.deepEqual(committedFiles(folder), { 'part-0-0': `${long}\nb\n${long}\n` });
  });
});

describe('buckets', () => {
  it('are folders with parts and counters of their own', async () => {
    const sink = sinkWith({ bucketAssigner: (element) => `x/${byFirstLetter(element)}` });
    const writer = freshWriter(sink);
    writeAll(writer, ['a1', 'b1', 'a2']);

    await commit(sink, (await checkpoint(sink, writer, true)).committables);

    assert.deepEqual(committedFiles(folder), {
      'x/a/part-0-0': 'a1\na2\n',
      'x/b/part-0-0': 'b1\n',
    });
  });

  it('follow the clock', async () => {
    const clock = clockAt(Date.parse('2026-01-31T23:59:59.999Z'));
    const bucketAssigner = dateTimeBucketAssigner<string>({ format: "yyyy-MM-dd'T'HH" });
    const sink = sinkWith({ bucketAssigner });
    const writer = freshWriter(sink, { clock });
    writeAll(writer, ['a']);
    clock.ms += 1;
    writeAll(writer, ['b']);

    await commit(sink, (await checkpoint(sink, writer, true)).committables);

    assert.deepEqual(committedFiles(folder), {
      '2026-01-31T23/part-0-0': 'a\n',
      '2026-02-01T00/part-0-0': 'b\n',
    });
  });

  it('cannot leave the base path or hide', () => {
    for (const bucketId of ['../x', '/x', 'a//b', '.x', '_x', 'a\\b']) {
      const writer = freshWriter(sinkWith({ bucketAssigner: () => bucketId }));

      assert.throws(() => writeAll(writer, ['a']), {
        code: 'SINK_FAILED',
        message: /is no path below/,
      });
    }
  });

  it('take known letters and zones only', () => {
    assert.throws(() => dateTimeBucketAssigner({ format: 'yyyy-QQ' }), {
      code: 'CONFIG_VALUE_INVALID',
      message: /has 'QQ'/,
    });
    assert.throws(() => dateTimeBucketAssigner({ timeZone: 'Mars' }), {
      code: 'CONFIG_VALUE_INVALID',
    });
  });
});

describe('a restored writer', () => {
  it('cuts off what came after the checkpoint and goes on', async () => {
    const sink = sinkWith();
    const dead = freshWriter(sink);
    writeAll(dead, ['a']);
    const taken = await checkpoint(sink, dead);
    writeAll(dead, ['lost']);
    await dead.flush(false);

    const writer = restoredWriter(sink, taken.states);
    writeAll(writer, ['b']);
    await commit(sink, (await checkpoint(sink, writer, true)).committables);

    assert.deepEqual(committedFiles(folder), { 'part-0-0': 'a\nb\n' });
  });

  it('removes parts that no checkpoint knows, and uses their names', async () => {
    const sink = sinkWith({ bucketAssigner: byFirstLetter });
    const dead = freshWriter(sink);
    const taken = await checkpoint(sink, dead);
    writeAll(dead, ['a', 'b']);
    await dead.flush(true);

    const writer = restoredWriter(sink, taken.states);
    const hidden = hiddenFiles(folder);
    writeAll(writer, ['a']);
    await commit(sink, (await checkpoint(sink, writer, true)).committables);

    assert.deepEqual(hidden, []);
    assert.deepEqual(committedFiles(folder), { 'a/part-0-0': 'a\n' });
  });

  it('keeps finished parts that are still to be committed', async () => {
    const sink = sinkWith({ rollingPolicy: { rollOnCheckpoint: true } });
    const dead = freshWriter(sink);
    writeAll(dead, ['a']);
    const taken = await checkpoint(sink, dead);

    const writer = restoredWriter(sink, taken.states);
    await commit(sink, taken.committables);
    writeAll(writer, ['b']);
    await commit(sink, (await checkpoint(sink, writer, true)).committables);

    assert.deepEqual(committedFiles(folder), { 'part-0-0': 'a\n', 'part-0-1': 'b\n' });
  });

  it('refuses when an open part is gone or too short', async () => {
    const sink = sinkWith();
    const dead = freshWriter(sink);
    writeAll(dead, ['abc']);
    const taken = await checkpoint(sink, dead);
    const hidden = join(folder, hiddenFiles(folder)[0] as string);

    writeFileSync(hidden, 'a');
    assert.throws(() => restoredWriter(sink, taken.states), {
      code: 'SINK_FAILED',
      message: /has 1 bytes, but the snapshot holds 4 bytes of it: .* give the sink that folder/,
    });

    rmSync(hidden);
    assert.throws(() => restoredWriter(sink, taken.states), {
      code: 'SINK_FAILED',
      message: /does not exist/,
    });
  });

  it('takes over the open parts of others when the parallelism changes', async () => {
    const sink = sinkWith();
    const states: Uint8Array[] = [];
    for (const subtaskId of [0, 1]) {
      const writer = freshWriter(sink, { subtaskId, numberOfParallelSubtasks: 2 });
      writeAll(writer, [`old${subtaskId}`]);
      states.push(...(await checkpoint(sink, writer)).states);
    }

    const writer = restoredWriter(sink, states);
    writeAll(writer, ['new']);
    await commit(sink, (await checkpoint(sink, writer, true)).committables);

    assert.deepEqual(committedFiles(folder), {
      'part-0-0': 'old0\nnew\n',
      'part-1-0': 'old1\n',
    });
  });

  it('that gets no state after a change of parallelism uses no name twice', async () => {
    const sink = sinkWith();
    const old = freshWriter(sink, { subtaskId: 1, numberOfParallelSubtasks: 2 });
    writeAll(old, ['old']);
    const taken = await checkpoint(sink, old);

    const parallel = { numberOfParallelSubtasks: 3 };
    const heir = restoredWriter(sink, taken.states, { ...parallel, subtaskId: 0 });
    const writer = restoredWriter(sink, [], { ...parallel, subtaskId: 1 });
    writeAll(writer, ['new']);
    for (const each of [heir, writer]) {
      await commit(sink, (await checkpoint(sink, each, true)).committables);
    }

    assert.deepEqual(committedFiles(folder), { 'part-1-0': 'old\n', 'part-1-1': 'new\n' });
  });

  it('that knows all its files deletes none that another subtask took over', async () => {
    const sink = sinkWith();
    const old = freshWriter(sink, { subtaskId: 1, numberOfParallelSubtasks: 3 });
    writeAll(old, ['old']);
    const taken = await checkpoint(sink, old);
    const parallel = { numberOfParallelSubtasks: 2 };
    const heir = restoredWriter(sink, taken.states, { ...parallel, subtaskId: 0 });
    const other = restoredWriter(sink, [], { ...parallel, subtaskId: 1 });
    const heirTaken = await checkpoint(sink, heir);
    const otherTaken = await checkpoint(sink, other);

    restoredWriter(sink, otherTaken.states, { ...parallel, subtaskId: 1 });
    const failures = await commit(sink, heirTaken.committables);

    assert.deepEqual(failures, []);
    assert.deepEqual(committedFiles(folder), { 'part-1-0': 'old\n' });
  });
});

describe('a fresh writer', () => {
  it('begins after the parts that are there', async () => {
    for (const name of ['part-0-9', 'part-0-10.txt', 'part-1-50', 'part-0-x']) {
      writeFileSync(join(folder, name), 'old');
    }
    const sink = sinkWith();
    const writer = freshWriter(sink);
    writeAll(writer, ['new']);

    await commit(sink, (await checkpoint(sink, writer, true)).committables);

    assert.equal(committedFiles(folder)['part-0-11'], 'new\n');
  });

  it('that is closed before any checkpoint removes its hidden parts', async () => {
    const sink = sinkWith({ rollingPolicy: { maxPartSizeBytes: 4 } });
    const writer = freshWriter(sink);
    writeAll(writer, ['abc', 'def']);
    await writer.flush(false);
    writeAll(writer, ['ghi', 'jkl']);
    const before = hiddenFiles(folder).length;

    await writer.close?.();

    assert.equal(before, 4);
    assert.deepEqual(hiddenFiles(folder), []);
  });

  it('that is closed keeps what is to be committed, and what a checkpoint knows', async () => {
    const sink = sinkWith({ rollingPolicy: { maxPartSizeBytes: 4 } });
    const ended = freshWriter(sink);
    writeAll(ended, ['abc']);
    await ended.flush(true);
    const handedOut = (await ended.prepareCommit?.()) ?? [];
    const stopped = freshWriter(sink, { subtaskId: 1, numberOfParallelSubtasks: 2 });
    writeAll(stopped, ['abc']);
    await checkpoint(sink, stopped);

    await ended.close?.();
    await stopped.close?.();

    assert.equal(handedOut.length, 1);
    assert.equal(hiddenFiles(folder).length, 2);
  });

  it('leaves no visible file when nothing was written', async () => {
    const sink = sinkWith();

    const taken = await checkpoint(sink, freshWriter(sink), true);

    assert.equal(taken.committables.length, 0);
    assert.deepEqual(readdirSync(folder), []);
  });
});

describe('commit', () => {
  async function finished(sink: FileSink<string>): Promise<readonly Uint8Array[]> {
    const writer = freshWriter(sink);
    writeAll(writer, ['a']);
    return (await checkpoint(sink, writer, true)).committables;
  }

  it('changes nothing when it is repeated', async () => {
    const sink = sinkWith();
    const committables = await finished(sink);

    const failures = [...(await commit(sink, committables)), ...(await commit(sink, committables))];

    assert.deepEqual(failures, []);
    assert.deepEqual(committedFiles(folder), { 'part-0-0': 'a\n' });
  });

  it('never overwrites: both names are given', async () => {
    const sink = sinkWith();
    const committables = await finished(sink);
    writeFileSync(join(folder, 'part-0-0'), 'other');

    const [failure] = await commit(sink, committables);

    assert.match(
      String(failure),
      /\.part-0-0\.inprogress\..* is to become .*part-0-0, which exists/,
    );
    assert.equal((failure as { code: string }).code, 'SINK_FAILED');
    assert.deepEqual(committedFiles(folder), { 'part-0-0': 'other' });
  });

  it('says when a part is lost', async () => {
    const sink = sinkWith();
    const committables = await finished(sink);
    rmSync(join(folder, hiddenFiles(folder)[0] as string));

    const [failure] = await commit(sink, committables);

    assert.match(String(failure), /is lost: neither it nor .*part-0-0 exists/);
    assert.equal((failure as { code: string }).code, 'SINK_FAILED');
  });

  it('refuses a part that is not as long as it was written', async () => {
    const sink = sinkWith();
    const committables = await finished(sink);
    writeFileSync(join(folder, hiddenFiles(folder)[0] as string), 'a\nb');

    const [failure] = await commit(sink, committables);

    assert.match(String(failure), /has 3 bytes, 2 were written/);
    assert.deepEqual(committedFiles(folder), {});
  });
});

describe('the options of a file sink', () => {
  it('are checked where the program is built', () => {
    const wrong: FileSinkOptions<string>[] = [
      { rollingPolicy: { maxPartSizeBytes: 0 } },
      { rollingPolicy: { rolloverIntervalMs: -1 } },
      { outputFileConfig: { partPrefix: '.part' } },
      { outputFileConfig: { partSuffix: '/x' } },
    ];

    for (const options of wrong) {
      assert.throws(() => sinkWith(options), { code: 'CONFIG_VALUE_INVALID' });
    }
    assert.throws(() => FileSink.forRowFormat('s3://bucket/x', stringEncoder()), {
      code: 'UNSUPPORTED',
      message: /s3:\/\/bucket\/x/,
    });
  });
});
