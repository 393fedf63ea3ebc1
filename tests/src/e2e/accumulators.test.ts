/** What functions gather beside the records, while the job runs and when it has ended. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AverageAccumulator,
  DiscardingSink,
  Histogram,
  IntCounter,
  type JobClient,
  ListAccumulator,
  LongMaximum,
  RichFunction,
  StreamExecutionEnvironment,
} from 'millrace';
import { assertError, failureOf } from './failures.ts';

const RECORDS = 1000;
const QUIET = { warn: (): void => {} };

/** Gathers of every record, and fails at some. */
class Gathering extends RichFunction {
  private readonly failAt: number;
  private readonly largest = new LongMaximum();

  constructor(failAt = -1) {
    super();
    this.failAt = failAt;
  }

  override open(): void {
    const { runtimeContext } = this;
    runtimeContext.addAccumulator('average', new AverageAccumulator());
    runtimeContext.addAccumulator('largest', this.largest);
    runtimeContext.addAccumulator('subtasks', new ListAccumulator<string>());
    runtimeContext
      .getAccumulator<string, string[]>('subtasks')
      ?.add(runtimeContext.taskInfo.taskNameWithSubtasks);
  }

  map(value: number): number {
    const { runtimeContext } = this;
    if (value === this.failAt && runtimeContext.taskInfo.attemptNumber === 0) {
      throw new Error('once');
    }
    runtimeContext.getIntCounter('records').add(1);
    runtimeContext.getHistogram('of ten').add(value % 10);
    runtimeContext.getAccumulator<number, number>('average')?.add(value);
    this.largest.add(value);
    return value;
  }
}

function program(configuration: Record<string, string> = {}) {
  return StreamExecutionEnvironment.createLocalEnvironment(configuration).setServices(QUIET);
}

describe('accumulators', () => {
  it('are merged over all subtasks in the result of the job', async () => {
    const env = program({ 'parallelism.default': '3' });
    env.fromSequence(1, RECORDS).map(new Gathering()).name('gather').sinkTo(new DiscardingSink());

    const result = await env.execute();

    assert.equal(result.accumulatorResult<number>('records'), RECORDS);
    assert.equal(result.accumulatorResult<number>('average'), (RECORDS + 1) / 2);
    assert.equal(result.accumulatorResult<number>('largest'), RECORDS);
    assert.deepEqual(
      result.accumulatorResult<Map<number, number>>('of ten'),
      new Map(Array.from({ length: 10 }, (_, digit) => [digit, RECORDS / 10])),
    );
    const subtasks = result.accumulatorResult<string[]>('subtasks') ?? [];
    assert.deepEqual(
      subtasks.map((name) => /\((\d\/3)\)#0$/.exec(name)?.[1]).sort(),
      ['1/3', '2/3', '3/3'],
      String(subtasks),
    );
    assert.equal(result.accumulatorResult('nothing'), undefined);
  });

  it('are seen while the job runs', async () => {
    const env = program();
    env.fromSequence(1, Number.MAX_SAFE_INTEGER).map(new Gathering()).sinkTo(new DiscardingSink());
    const job = await env.executeAsync();

    const records = (): number => Number(job.accumulators().get('records') ?? 0);
    await until(job, () => records() > 0);
    const first = records();
    await until(job, () => records() > first);

    await job.cancel();
    assert.ok(Number(job.accumulators().get('records')) > first);
  });

  it('begin anew after a failure, since they are not part of checkpoints', async () => {
    const env = program({
      'restart-strategy.type': 'fixed-delay',
      'restart-strategy.fixed-delay.delay': '1 ms',
    });
    env.fromSequence(1, RECORDS).map(new Gathering(500)).sinkTo(new DiscardingSink());

    const result = await env.execute();

    assert.equal(result.accumulatorResult<number>('records'), RECORDS);
  });

  it('of one name and two types in one task fail the job, which names both', async () => {
    class TwoTypes extends RichFunction {
      override open(): void {
        this.runtimeContext.addAccumulator('n', new IntCounter());
        this.runtimeContext.addAccumulator('n', new Histogram());
      }

      map(value: number): number {
        return value;
      }
    }
    const env = program();
    env.fromSequence(1, 2).map(new TwoTypes()).sinkTo(new DiscardingSink());

    assertError(
      await failureOf(() => env.execute()),
      'ACCUMULATOR_CONFLICT',
      /'n' \(Histogram\).*IntCounter/,
    );
  });
});

async function until(job: JobClient, holds: () => boolean): Promise<void> {
  while (!holds()) {
    if (job.jobStatus() === 'FAILED') {
      await job.jobExecutionResult();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
