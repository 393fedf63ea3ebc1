/** What a snapshot of a million entries costs the records that go on meanwhile. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Types, type ValueState, ValueStateDescriptor } from '@millrace/core';
import type { BenchSuite } from '@millrace/core/bench';
import type { KeyedStateBackend } from '@millrace/state';
import { FORGETFUL_STREAMS, openForBench, shuffledKeys } from './bench-fixture.ts';

const BATCH_RECORDS = 1000; // under a millisecond: what a task does between looks at its mailbox

export async function bench(suite: BenchSuite): Promise<void> {
  const keys = shuffledKeys(suite.size(1_000_000, 1000));
  const backend = await openForBench(Types.STRING);
  const state: ValueState<number> = backend.getOrCreateKeyedState(
    Types.VOID_NAMESPACE,
    new ValueStateDescriptor('count', Types.LONG),
  );
  const task = new UpdatingTask(backend, state, keys);
  task.batch(keys.length);
  const alone = await task.runUntil(new Promise((resolve) => setTimeout(resolve, 1000)));
  suite.report('without snapshot, longest pause between batches', alone.longestPauseMs, 'ms');
  suite.report('records/s without', alone.recordsPerSecond, 'records/s');
  for (const snapshotCompression of [false, true]) {
    const streams = { ...FORGETFUL_STREAMS, snapshotCompression };
    for (let warmUp = 0; warmUp < suite.size(3, 1); warmUp++) {
      await task.runUntil(backend.snapshot(warmUp, streams).write());
    }

    const start = performance.now();
    const snapshot = backend.snapshot(100, streams);
    const syncMs = performance.now() - start;
    const during = await task.runUntil(snapshot.write());

    const kind = snapshotCompression ? 'compressed snapshot' : 'snapshot';
    const kept = (100 * during.recordsPerSecond) / alone.recordsPerSecond;
    suite.report(`${kind}, synchronous part`, syncMs, 'ms');
    suite.report(`${kind}, longest pause between batches`, during.longestPauseMs, 'ms');
    suite.report(`${kind}, time until written`, during.elapsedMs, 'ms');
    suite.report(`records/s during the ${kind}`, during.recordsPerSecond, 'records/s');
    suite.report(`throughput kept during the ${kind}`, kept, '%');
  }
}

interface RunResult {
  readonly longestPauseMs: number;
  readonly elapsedMs: number;
  readonly recordsPerSecond: number;
}

/** Counts keys in batches and gives the event loop its turn between them, as a task does. */
class UpdatingTask {
  private readonly backend: KeyedStateBackend<string>;
  private readonly state: ValueState<number>;
  private readonly keys: readonly string[];
  private next = 0;

  constructor(
    backend: KeyedStateBackend<string>,
    state: ValueState<number>,
    keys: readonly string[],
  ) {
    this.backend = backend;
    this.state = state;
    this.keys = keys;
  }

  batch(records: number): void {
    for (let i = 0; i < records; i++) {
      this.backend.setCurrentKey(this.keys[this.next] as string);
      this.state.update((this.state.value() ?? 0) + 1);
      this.next = (this.next + 1) % this.keys.length;
    }
  }

  async runUntil(end: Promise<unknown>): Promise<RunResult> {
    let running = true;
    const ended = end.then(() => {
      running = false;
    });
    const start = performance.now();
    let longestPauseMs = 0;
    let records = 0;
    while (running) {
      this.batch(BATCH_RECORDS);
      records += BATCH_RECORDS;
      const before = performance.now();
      await nextTurn();
      longestPauseMs = Math.max(longestPauseMs, performance.now() - before);
    }
    await ended;
    const elapsedMs = performance.now() - start;
    return { longestPauseMs, elapsedMs, recordsPerSecond: (1000 * records) / elapsedMs };
  }
}
