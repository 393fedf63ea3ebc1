import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SlicingClock } from '@millrace/state/conformance';
import fc from 'fast-check';
import { contents, MemoryCopy, MemoryDatabase, MemoryWrites, Outcome } from './barrier-fixture.ts';
import { DatabaseBarrier } from './database-barrier.ts';
import type { FixedVersion } from './held-writes.ts';

const BATCH_BYTES = 64; // a few entries: a slice is several batches

const STEP = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      participant: fc.nat(7),
      key: fc.nat(60),
      value: fc.option(fc.nat(99), { nil: undefined, freq: 6 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('slice' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('fix', 'write', 'copied', 'copied', 'flush', 'register'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('cancel', 'complete', 'not copied', 'unwritable'),
    }),
  },
);

type Step = typeof STEP extends fc.Arbitrary<infer S> ? S : never;

interface Taken {
  readonly version: FixedVersion;
  readonly copy: MemoryCopy;
  readonly expected: Map<string, string>;
  outcome: Outcome | undefined;
  isCancelled: boolean;
}

class Run {
  readonly database: MemoryDatabase = new MemoryDatabase();
  readonly clock: SlicingClock = new SlicingClock();
  readonly barrier: DatabaseBarrier;
  readonly participants: MemoryWrites[] = [];
  readonly model: Map<string, string> = new Map();
  readonly taken: Taken[] = [];

  constructor() {
    this.clock.runsFreely = false;
    this.barrier = new DatabaseBarrier({
      database: this.database,
      clock: this.clock,
      snapshotSliceMs: 1,
      writeBatchBytes: BATCH_BYTES,
    });
    this.register();
  }

  async step(step: Step): Promise<void> {
    const last = this.taken.at(-1);
    switch (step.kind) {
      case 'set':
        this.set(step as Extract<Step, { kind: 'set' }>);
        break;
      case 'slice':
        await this.clock.nextSlice();
        break;
      case 'fix':
        this.fix();
        break;
      case 'write':
        if (last !== undefined) {
          last.outcome ??= new Outcome(last.version.write());
        }
        break;
      case 'cancel':
        if (last !== undefined && !last.copy.isMade) {
          last.isCancelled = true;
          last.version.cancel();
        }
        break;
      case 'not copied':
        if (last !== undefined && !last.copy.isMade) {
          last.copy.failure = new Error('not copied');
        }
        break;
      case 'copied':
        this.taken.find(({ copy }) => copy.starts > 0 && !copy.isMade)?.copy.finish();
        break;
      case 'unwritable':
        await this.meetUnwritable();
        break;
      case 'complete':
        this.barrier.complete();
        assert.equal(this.barrier.isFixed, false);
        break;
      case 'flush':
        this.barrier.flush();
        assert.deepEqual(this.database.rows, this.model);
        assert.equal(this.barrier.dirtyEntries, 0);
        break;
      case 'register':
        this.register();
    }
  }

  check(): void {
    assert.deepEqual(contents(this.database, this.participants), this.model);
    assert.ok(this.taken.filter(({ copy }) => copy.starts > 0 && !copy.isMade).length <= 1);
    for (const { copy, expected, isCancelled } of this.taken) {
      assert.ok(copy.starts <= 1);
      if (copy.rows !== undefined && !isCancelled) {
        assert.deepEqual(copy.rows, expected);
      }
    }
  }

  /** Lets all come to its end. */
  async settle(): Promise<void> {
    for (const one of this.taken) {
      one.outcome ??= new Outcome(one.version.write());
    }
    await this.clock.runFreely();
    for (const { copy } of this.taken) {
      copy.finish();
      await this.clock.nextSlice();
    }
    for (const { outcome, copy, isCancelled } of this.taken) {
      const whole = copy.failure === undefined ? 'copied' : 'not copied';
      // One that is given up may have ended before.
      const expected = isCancelled ? /given up|unwritable/ : new RegExp(`^(${whole}|unwritable)$`);
      assert.match(outcome!.text, expected);
    }
    assert.equal(this.barrier.isFixed, false);
  }

  private set(step: Extract<Step, { kind: 'set' }>): void {
    const at = step.participant % this.participants.length;
    const value = step.value === undefined ? undefined : `${step.value}`;
    this.participants[at]!.set(`${step.key}`, value);
    if (value === undefined) {
      this.model.delete(`${at}/${step.key}`);
    } else {
      this.model.set(`${at}/${step.key}`, value);
    }
  }

  private fix(): void {
    const copy = new MemoryCopy(this.database);
    const expected = new Map(this.model);
    const version = this.barrier.fix(copy);
    this.taken.push({ version, copy, expected, outcome: undefined, isCancelled: false });
  }

  private async meetUnwritable(): Promise<void> {
    this.participants[0]!.failure = new Error('unwritable');
    await this.clock.nextSlice();
    this.participants[0]!.failure = undefined;
  }

  private register(): void {
    const writes = new MemoryWrites(`${this.participants.length}/`);
    this.participants.push(writes);
    this.barrier.register(writes);
  }
}

describe('a barrier of a database', () => {
  it('copies exactly the version that was fixed, whatever happens meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(STEP, { minLength: 20, maxLength: 200, size: 'max' }),
        async (steps) => {
          const run = new Run();
          for (const step of steps) {
            await run.step(step);
            run.check();
          }
          await run.settle();
          run.check();
        },
      ),
      { numRuns: 300 },
    );
  });
});
