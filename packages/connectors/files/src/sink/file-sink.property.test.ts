import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  checkpoint,
  commit,
  committedFiles,
  freshWriter,
  restoredWriter,
  type SinkCheckpoint,
  type Writer,
  writeAll,
} from '../testing/sink-harness.ts';
import { FileSink } from './file-sink.ts';
import { stringEncoder } from './row-encoder.ts';

/**
 * One attempt: records in steps of some length, a checkpoint after each, until it dies. It dies
 * with records in its buffers or on the disk, with a checkpoint written but not complete, complete
 * but not committed, or after only some of its parts were committed.
 */
type Death = 'in-buffers' | 'on-disk' | 'incomplete' | 'uncommitted' | 'half-committed';

interface Attempt {
  readonly steps: readonly number[];
  readonly lost: number;
  readonly death: Death;
}

const attempt = fc.record<Attempt>({
  steps: fc.array(fc.nat(5), { maxLength: 3 }),
  lost: fc.nat(5),
  death: fc.constantFrom<Death>(
    'in-buffers',
    'on-disk',
    'incomplete',
    'uncommitted',
    'half-committed',
  ),
});

const records = fc.array(fc.stringMatching(/^[abc][0-9ä]{0,5}$/), { maxLength: 30 });

class Job {
  private readonly sink: FileSink<string>;
  private readonly input: readonly string[];
  private position: number;
  /** The last completed checkpoint, with the position of the source. */
  private completed: (SinkCheckpoint & { position: number }) | undefined;

  constructor(folder: string, input: readonly string[], maxPartSizeBytes: number) {
    this.sink = FileSink.forRowFormat(folder, stringEncoder(), {
      bucketAssigner: (element) => element.slice(0, 1),
      rollingPolicy: { maxPartSizeBytes },
    });
    this.input = input;
    this.position = 0;
    this.completed = undefined;
  }

  async fail(attempt: Attempt): Promise<void> {
    const writer = await this.begin();
    for (const step of attempt.steps) {
      this.advance(writer, step);
      await this.complete(writer, false);
      await commit(this.sink, this.completed?.committables ?? []);
    }
    this.advance(writer, attempt.lost);
    switch (attempt.death) {
      case 'in-buffers':
        break;
      case 'on-disk':
        await writer.flush(false);
        break;
      case 'incomplete':
        await checkpoint(this.sink, writer, this.position === this.input.length);
        break;
      case 'uncommitted':
        await this.complete(writer, false);
        break;
      case 'half-committed':
        await this.complete(writer, false);
        await commit(this.sink, this.completed?.committables.slice(0, 1) ?? []);
    }
    // Handles are the process's: its death closes them, and writes nothing.
    await writer.close();
  }

  async finish(): Promise<void> {
    const writer = await this.begin();
    this.advance(writer, this.input.length);
    await this.complete(writer, true);
    const failures = await commit(this.sink, this.completed?.committables ?? []);
    assert.deepEqual(failures, []);
    await writer.close();
  }

  private async begin(): Promise<Writer<string>> {
    this.position = this.completed?.position ?? 0;
    if (this.completed === undefined) {
      return freshWriter(this.sink);
    }
    const writer = restoredWriter(this.sink, this.completed.states);
    const failures = await commit(this.sink, this.completed.committables);
    assert.deepEqual(failures, []);
    return writer;
  }

  private advance(writer: Writer<string>, count: number): void {
    writeAll(writer, this.input.slice(this.position, this.position + count));
    this.position = Math.min(this.input.length, this.position + count);
  }

  private async complete(writer: Writer<string>, endOfInput: boolean): Promise<void> {
    const taken = await checkpoint(this.sink, writer, endOfInput);
    this.completed = { ...taken, position: this.position };
  }
}

function linesOf(files: Record<string, string>): string[] {
  return Object.values(files)
    .flatMap((text) => text.split('\n').slice(0, -1))
    .sort();
}

describe('a file sink', () => {
  it('that dies and is restored commits the bytes of an undisturbed run', async () => {
    const sizes = fc.integer({ min: 1, max: 20 });
    await fc.assert(
      fc.asyncProperty(
        records,
        sizes,
        fc.array(attempt, { maxLength: 4 }),
        async (input, size, attempts) => {
          const folder = mkdtempSync(join(tmpdir(), 'millrace-file-sink-'));
          try {
            const undisturbed = new Job(join(folder, 'undisturbed'), input, size);
            const disturbed = new Job(join(folder, 'disturbed'), input, size);

            await undisturbed.finish();
            for (const each of attempts) {
              await disturbed.fail(each);
            }
            await disturbed.finish();

            const expected = committedFiles(join(folder, 'undisturbed'));
            const actual = committedFiles(join(folder, 'disturbed'));
            assert.deepEqual(actual, expected);
            assert.deepEqual(linesOf(actual), [...input].sort());
          } finally {
            rmSync(folder, { recursive: true });
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
