/** Jobs that were to stop with a savepoint and did not. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FileSystems, LocalFileSystem } from '@millrace/core';
import {
  CollectSink,
  DataGeneratorSource,
  type ExecutionServices,
  errorCode,
  type JobClient,
  type SourceReaderContext,
  StreamExecutionEnvironment,
  Types,
  WatermarkStrategy,
} from 'millrace';
import { checkpointsIn, completedCheckpoints } from './counting-program.ts';
import { assertError, failureOf } from './failures.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-failed-stops-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const NUMBER_OF_RECORDS = 500;
const TOO_LONG = { timeout: 20_000 };

/** Emits its records, then waits for the test to end it or to fail it once. */
class SteeredSource extends DataGeneratorSource<number> {
  isEnded = false;
  end = (): void => {};
  fail = (): void => {};
  private steered = this.steering();

  constructor() {
    super((n) => n, NUMBER_OF_RECORDS);
  }

  override createReader(context: SourceReaderContext) {
    const reader = super.createReader(context);
    const pollNext = reader.pollNext.bind(reader);
    const isAvailable = reader.isAvailable.bind(reader);
    let isWaiting = false;
    reader.pollNext = (output, maxRecords) => {
      const status = pollNext(output, maxRecords);
      isWaiting = status === 'end-of-input' && !this.isEnded;
      return isWaiting ? 'nothing-available' : status;
    };
    reader.isAvailable = () => (isWaiting ? this.steered : isAvailable());
    return reader;
  }

  private steering(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.end = () => {
        this.isEnded = true;
        resolve();
      };
      this.fail = () => {
        this.steered = this.steering();
        reject(new Error('the connection is lost'));
      };
    });
  }
}

/** Completes no savepoint before the test says so. */
class HeldSavepoints extends LocalFileSystem {
  isHolding = false;
  complete = (): void => {};
  private readonly completed = new Promise<void>((resolve) => {
    this.complete = resolve;
  });

  override async create(path: string, options: { overwrite: boolean }) {
    if (path.includes('/savepoint-') && path.includes('_metadata')) {
      this.isHolding = true;
      await this.completed;
    }
    return super.create(path, options);
  }
}

function steeredProgram(configuration: Record<string, string>, services: ExecutionServices = {}) {
  const env = StreamExecutionEnvironment.createLocalEnvironment(configuration);
  env.setServices({ warn: () => {}, ...services });
  const source = new SteeredSource();
  const sink = new CollectSink<number>();
  env
    .fromSource(source, WatermarkStrategy.noWatermarks<number>(), 'steered', Types.LONG)
    .keyBy((n) => n, Types.LONG)
    .map((n) => n, Types.LONG)
    .sinkTo(sink);
  return { env, source, sink };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function hasReadAll(job: JobClient): boolean {
  return job.details().vertices[0]?.operators[0]?.numRecordsOut === NUMBER_OF_RECORDS;
}

describe('a job that did not stop with a savepoint', () => {
  it('ends with its data when the stop was refused before', TOO_LONG, async () => {
    const blocked = join(folder, 'a-file');
    writeFileSync(blocked, '');
    const { env, source, sink } = steeredProgram({
      ...checkpointsIn(join(folder, 'refused')),
      'execution.checkpointing.interval': '1 h',
    });
    const job = await env.executeAsync();
    await until(() => hasReadAll(job));

    const error = await failureOf(() => job.stopWithSavepoint({ targetDirectory: blocked }));
    source.end();
    await job.jobExecutionResult();

    assert.equal(errorCode(error), 'IO_EXCEPTION');
    assert.equal(job.details().checkpoints.counts.completed, 1, 'the one that holds the end');
    assert.equal(sink.results.length, NUMBER_OF_RECORDS);
  });

  it(
    'restarts from what the error names, where it fails while the savepoint completes',
    TOO_LONG,
    async () => {
      const files = new HeldSavepoints();
      const { env, source, sink } = steeredProgram(
        {
          ...checkpointsIn(join(folder, 'failing')),
          'restart-strategy.type': 'fixed-delay',
          'restart-strategy.fixed-delay.delay': '1 ms',
        },
        { fileSystems: new FileSystems([files]) },
      );
      const job = await env.executeAsync();
      await until(() => hasReadAll(job));
      await completedCheckpoints(job, 2);

      const targetDirectory = join(folder, 'held');
      const stopping = failureOf(() => job.stopWithSavepoint({ targetDirectory }));
      await until(() => files.isHolding);
      source.fail();
      await until(() => job.jobStatus() === 'FAILING');
      files.complete();
      const error = await stopping;
      await until(() => job.jobStatus() === 'RUNNING');
      const { restoredCheckpointId, checkpoints } = job.details();
      source.end();
      await job.jobExecutionResult();

      const restored = checkpoints.history.find(
        (each) => each.checkpointId === restoredCheckpointId,
      );
      const pointer = restored?.externalPointer ?? 'no checkpoint';
      assert.match(pointer, /\/savepoint-/);
      const message = `savepoint ${pointer} was taken, but .* it goes on from ${pointer}: .*connection is lost`;
      assertError(error, 'STOP_WITH_SAVEPOINT_FAILED', new RegExp(message));
      assert.equal(new Set(sink.results).size, NUMBER_OF_RECORDS);
      assert.equal(sink.results.length, NUMBER_OF_RECORDS);
    },
  );
});
