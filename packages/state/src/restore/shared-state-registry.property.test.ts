import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RestoreMode } from '@millrace/core';
import fc from 'fast-check';
import type { CheckpointedStateScope } from '../snapshot/stream-state-handle.ts';
import type { SnapshotFiles } from '../storage/snapshot-files.ts';
import { type ReleasedFiles, SharedStateRegistry } from './shared-state-registry.ts';

const RESTORED_ID = 5;

/** What happens next; the numbers choose among what there is at that moment. */
type Step =
  | { readonly kind: 'trigger'; readonly drop: number; readonly upload: number }
  | { readonly kind: 'acknowledge' | 'complete' | 'abort' | 'late'; readonly which: number }
  | { readonly kind: 'savepoint' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('trigger' as const),
      drop: fc.nat(3),
      upload: fc.nat(3),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('acknowledge' as const), which: fc.nat(9) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('complete' as const), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('abort' as const), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('late' as const), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('savepoint' as const) }) },
);

const run = fc.record({
  mode: fc.constantFrom<RestoreMode | undefined>('CLAIM', 'NO_CLAIM', 'LEGACY', undefined),
  maxRetained: fc.integer({ min: 1, max: 3 }),
  steps: fc.array(step, { maxLength: 60 }),
  keepAtEnd: fc.boolean(),
});

/** A job that knows of every file who needs it, the naive way, and a disk. */
class NaiveJob {
  readonly registry: SharedStateRegistry;
  readonly disk = new Set<string>();
  readonly completed: { id: number; files: SnapshotFiles }[] = [];
  /** The user's: savepoints, and a snapshot that is not claimed. */
  readonly users = new Set<string>();
  private readonly maxRetained: number;
  private pending: { id: number; files: SnapshotFiles; acknowledged: boolean }[] = [];
  private aborted: { id: number; files: SnapshotFiles }[] = [];
  /** Shared files that the tasks' state lies in now. */
  private current: string[] = [];
  private nextId = RESTORED_ID + 1;
  private nextFile = 1;

  constructor(
    registry: SharedStateRegistry,
    { mode, maxRetained }: { mode: RestoreMode | undefined; maxRetained: number },
  ) {
    this.registry = registry;
    this.maxRetained = maxRetained;
    if (mode !== undefined) {
      // The metadata of a savepoint is exclusive; a changelog may go on naming exclusive files.
      const files = this.written(['shared', 'shared', 'shared', 'exclusive', 'exclusive'], []);
      this.registry.restore(RESTORED_ID, files, mode);
      if (mode === 'CLAIM') {
        this.completed.push({ id: RESTORED_ID, files });
      } else {
        addAll(this.users, files.keys());
      }
      this.current = mode === 'NO_CLAIM' ? [] : [...files.keys()].slice(0, 4);
    }
  }

  take(step: Step): void {
    switch (step.kind) {
      case 'trigger':
        this.trigger(step.drop, step.upload);
        break;
      case 'acknowledge': {
        const checkpoint = chosen(this.pending, step.which);
        if (checkpoint !== undefined) {
          checkpoint.acknowledged = true;
          this.registry.acknowledged(checkpoint.id, checkpoint.files);
        }
        break;
      }
      case 'complete':
        this.complete(chosen(this.pending, step.which)?.id);
        break;
      case 'abort':
        this.abort(chosen(this.pending, step.which)?.id);
        break;
      case 'late': {
        const checkpoint = chosen(this.aborted, step.which);
        if (checkpoint !== undefined) {
          this.delete(this.registry.abort(checkpoint.id, checkpoint.files));
        }
        break;
      }
      case 'savepoint':
        addAll(this.users, this.written(['exclusive'], []).keys());
        break;
    }
  }

  end(keep: boolean): void {
    for (const { id } of [...this.pending]) {
      this.abort(id);
    }
    const ids = this.completed.map(({ id }) => id);
    if (!keep) {
      this.completed.length = 0;
    }
    this.deleteReleased(this.registry.end(new Set(keep ? ids : []), keep ? [] : ids));
  }

  needed(): Set<string> {
    return new Set([...this.users, ...this.completed.flatMap(({ files }) => [...files.keys()])]);
  }

  private trigger(drop: number, upload: number): void {
    this.current = this.current.slice(drop);
    const scopes = Array.from({ length: upload }, () => 'shared' as const);
    const files = this.written([...scopes, 'exclusive'], this.current);
    this.current = [...files].filter(([, scope]) => scope === 'shared').map(([path]) => path);
    this.pending.push({ id: this.nextId++, files, acknowledged: false });
  }

  private complete(id: number | undefined): void {
    const checkpoint = this.pending.find((each) => each.id === id);
    if (checkpoint === undefined || id === undefined) {
      return;
    }
    this.pending = this.pending.filter((each) => each !== checkpoint);
    for (const older of this.pending.filter((each) => each.id < id)) {
      this.abort(older.id); // Subsumed.
    }
    this.completed.push(checkpoint);
    this.registry.complete(id, checkpoint.files);
    const subsumed = this.completed.splice(
      0,
      Math.max(0, this.completed.length - this.maxRetained),
    );
    this.deleteReleased(
      this.registry.subsume(
        new Set(this.completed.map((each) => each.id)),
        subsumed.map((each) => each.id),
      ),
    );
  }

  private abort(id: number | undefined): void {
    const checkpoint = this.pending.find((each) => each.id === id);
    if (checkpoint !== undefined) {
      this.pending = this.pending.filter((each) => each !== checkpoint);
      this.aborted.push(checkpoint);
      this.delete(this.registry.abort(checkpoint.id, checkpoint.files));
    }
  }

  private written(scopes: readonly CheckpointedStateScope[], again: readonly string[]) {
    const files = new Map<string, CheckpointedStateScope>(again.map((path) => [path, 'shared']));
    for (const scope of scopes) {
      const path = `file:/${scope}-${this.nextFile++}`;
      files.set(path, scope);
      this.disk.add(path);
    }
    return files;
  }

  private deleteReleased({ ofCheckpoints, shared }: ReleasedFiles): void {
    this.delete([...[...ofCheckpoints.values()].flat(), ...shared]);
  }

  private delete(paths: readonly string[]): void {
    for (const path of paths) {
      assert.ok(!this.needed().has(path), `${path} is needed, and was to be deleted`);
      this.disk.delete(path);
    }
  }
}

function chosen<T>(of: readonly T[], which: number): T | undefined {
  return of[which % Math.max(1, of.length)];
}

function addAll(set: Set<string>, paths: Iterable<string>): void {
  for (const path of paths) {
    set.add(path);
  }
}

function law(createRegistry: () => SharedStateRegistry) {
  return fc.property(run, ({ steps, keepAtEnd, ...options }) => {
    const job = new NaiveJob(createRegistry(), options);
    for (const step of steps) {
      job.take(step);
      for (const path of job.needed()) {
        assert.ok(job.disk.has(path), `${path} is needed after ${JSON.stringify(step)}`);
      }
    }

    job.end(keepAtEnd);

    assert.deepEqual([...job.disk].sort(), [...job.needed()].sort());
  });
}

describe('files of checkpoints', () => {
  it('stay while a retained or unclaimed snapshot needs them, and at the end nothing else is left', () => {
    fc.assert(
      law(() => new SharedStateRegistry()),
      { numRuns: 2000 },
    );
  });

  const canaries: Record<string, () => SharedStateRegistry> = {
    'a snapshot that is not claimed counts as the job’s': () =>
      new (class extends SharedStateRegistry {
        override keep(): void {}
      })(),
    'a failed checkpoint takes shared files along': () =>
      new (class extends SharedStateRegistry {
        override abort(checkpointId: number, files: SnapshotFiles): string[] {
          super.abort(checkpointId, files);
          return [...files.keys()];
        }
      })(),
    'shared files go with the checkpoint that is subsumed': () =>
      new (class extends SharedStateRegistry {
        override acknowledged(): void {}
      })(),
    'files that only failed checkpoints have named stay': () =>
      new (class extends SharedStateRegistry {
        override end(retained: ReadonlySet<number>, discarded: readonly number[]): ReleasedFiles {
          return super.subsume(new Set([...retained, 0]), discarded);
        }
      })(),
  };
  for (const [bug, createRegistry] of Object.entries(canaries)) {
    it(`are found wrong when ${bug} (canary)`, () => {
      assert.equal(fc.check(law(createRegistry), { numRuns: 2000 }).failed, true);
    });
  }
});
