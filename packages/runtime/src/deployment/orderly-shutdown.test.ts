import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type JobToEnd, OrderlyShutdown } from './orderly-shutdown.ts';

class FakeProcess {
  readonly codes: number[] = [];
  readonly told: string[] = [];
  readonly stdout = { write: (text: string) => this.told.push(text) };
  private listeners: ((signal: NodeJS.Signals) => void)[] = [];

  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): void {
    if (signal === 'SIGTERM') {
      this.listeners.push(listener);
    }
  }

  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): void {
    if (signal === 'SIGTERM') {
      this.listeners = this.listeners.filter((each) => each !== listener);
    }
  }

  exit(code: number): void {
    this.codes.push(code);
  }

  get listens(): boolean {
    return this.listeners.length > 0;
  }

  terminate(): void {
    for (const listener of this.listeners) {
      listener('SIGTERM');
    }
  }
}

/** A job that ends when the test says so. */
class FakeJob implements JobToEnd {
  readonly jobName = 'job';
  readonly timeoutMs = 60_000;
  readonly withSavepoint: boolean;
  readonly calls: string[] = [];
  readonly warnings: string[] = [];
  savepoint: Promise<string> = Promise.resolve('file:/savepoint');
  onEnded: () => void = () => {};

  constructor(options: { readonly withSavepoint?: boolean } = {}) {
    this.withSavepoint = options.withSavepoint ?? false;
  }

  async stopWithSavepoint(onTaken: (path: string) => void): Promise<void> {
    this.calls.push('stop');
    onTaken(await this.savepoint);
    this.onEnded();
  }

  async suspend(): Promise<void> {
    this.calls.push('suspend');
    this.onEnded();
  }

  warn(message: string): void {
    this.warnings.push(message);
  }
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('an orderly shutdown', () => {
  it('listens to signals as long as a job runs, and no longer', () => {
    const process = new FakeProcess();
    const shutdown = new OrderlyShutdown(process);

    const ends = [shutdown.add(new FakeJob()), shutdown.add(new FakeJob())];
    const listened = process.listens;
    ends[0]!();
    const listensForOne = process.listens;
    ends[1]!();

    assert.deepEqual([listened, listensForOne, process.listens], [true, true, false]);
    assert.deepEqual(process.codes, []);
  });

  it('ends the process once, with 143, when the last of its jobs has ended', async () => {
    const process = new FakeProcess();
    const shutdown = new OrderlyShutdown(process);
    const [first, second] = [new FakeJob(), new FakeJob()];
    first.onEnded = shutdown.add(first);
    const endSecond = shutdown.add(second);

    process.terminate();
    await settled();
    const early = [...process.codes];
    endSecond();

    assert.deepEqual(early, []);
    assert.deepEqual(process.codes, [143]);
    assert.deepEqual([first.calls, second.calls], [['suspend'], ['suspend']]);
  });

  it('ends a job that is added after the signal, with a deadline, and waits for it', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const process = new FakeProcess();
    const shutdown = new OrderlyShutdown(process);
    const [early, late, stuck] = [new FakeJob(), new FakeJob(), new FakeJob()];
    const endEarly = shutdown.add(early);

    process.terminate();
    late.onEnded = shutdown.add(late);
    shutdown.add(stuck);
    endEarly();
    await settled();
    const beforeDeadline = [...process.codes];
    context.mock.timers.tick(stuck.timeoutMs);

    assert.deepEqual([late.calls, stuck.calls], [['suspend'], ['suspend']]);
    assert.deepEqual(beforeDeadline, []);
    assert.deepEqual(process.codes, [1]);
    assert.match(stuck.warnings.at(-1) ?? '', /has not ended after 60000 ms/);
  });

  it('tells the path of a savepoint before it ends the process with 0', async () => {
    const process = new FakeProcess();
    const shutdown = new OrderlyShutdown(process);
    const job = new FakeJob({ withSavepoint: true });
    job.onEnded = shutdown.add(job);

    process.terminate();
    await settled();

    assert.deepEqual(process.told, ['Savepoint completed. Path: file:/savepoint\n']);
    assert.deepEqual(process.codes, [0]);
  });

  it('suspends a job whose savepoint fails, says why, and ends with 1', async () => {
    const process = new FakeProcess();
    const shutdown = new OrderlyShutdown(process);
    const job = new FakeJob({ withSavepoint: true });
    job.savepoint = Promise.reject(new Error('the disk is full'));
    job.onEnded = shutdown.add(job);

    process.terminate();
    await settled();

    assert.deepEqual(job.calls, ['stop', 'suspend']);
    assert.match(job.warnings.at(-1) ?? '', /did not stop with a savepoint: the disk is full/);
    assert.deepEqual(process.codes, [1]);
  });
});
