import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { IncrementalRemoteKeyedStateHandle, KeyedStateHandle } from '@millrace/state';
import fc from 'fast-check';
import { whyNoNativeAddon } from '../binding/load-native-addon.ts';
import { createSnapshotStrategy } from './create-snapshot-strategy.ts';
import { SteeredDatabase } from './database-fixture.ts';
import {
  FolderDatabase,
  folderSource,
  incremental,
  JobFolder,
  temporaryFolder,
} from './snapshot-fixture.ts';
import type { SnapshotStrategy } from './snapshot-strategy.ts';

type Step =
  | { readonly kind: 'put'; readonly key: string; readonly value: string }
  | {
      readonly kind:
        | 'flush'
        | 'compact'
        | 'complete'
        | 'complete-late'
        | 'hear'
        | 'abort'
        | 'fail'
        | 'restart';
    };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      value: fc.string({ minLength: 1, maxLength: 5 }),
    }),
  },
  ...(
    ['flush', 'compact', 'complete', 'complete-late', 'hear', 'abort', 'fail', 'restart'] as const
  ).map((kind) => ({ weight: kind === 'complete' ? 3 : 1, arbitrary: fc.constant({ kind }) })),
);

/** The task hears of 1 when 2 has completed, which wrote the same file again. */
const HEARD_LATE: Step[] = [
  { kind: 'put', key: 'a', value: '1' },
  { kind: 'complete-late' },
  { kind: 'complete-late' },
  { kind: 'hear' },
  { kind: 'complete' },
];

/** One subtask and its job, with a model of what the state is. */
class Life {
  private readonly folder: string;
  private readonly job: JobFolder;
  private steered!: SteeredDatabase;
  private strategy!: SnapshotStrategy;
  private readonly now = new Map<string, string>();
  private completed: { handle: IncrementalRemoteKeyedStateHandle; state: Map<string, string> };
  private lives = 0;
  private nextId = 1;
  /** Completions of which the task has not heard. */
  private unheard: number[] = [];

  constructor(folder: string) {
    this.folder = folder;
    this.job = new JobFolder(join(folder, 'checkpoints'), { inlineThresholdBytes: 0 });
    this.completed = undefined as never;
  }

  async begin(): Promise<void> {
    const path = join(this.folder, `life-${++this.lives}`);
    const from = this.completed as typeof this.completed | undefined;
    this.steered =
      from === undefined
        ? await SteeredDatabase.open(join(path, 'db'))
        : await SteeredDatabase.restore(join(path, 'db'), from.handle);
    const source = folderSource(new FolderDatabase(), {
      workingDirectory: path,
      database: this.steered.database,
    });
    this.strategy = createSnapshotStrategy(source, {
      incremental: true,
      restored: from && {
        files: new Map(from.handle.shared.map(({ localPath, handle }) => [localPath, handle])),
      },
    });
  }

  async do(step: Step): Promise<void> {
    switch (step.kind) {
      case 'put':
        this.steered.put(step.key, step.value);
        this.now.set(step.key, step.value);
        return;
      case 'flush':
        await this.steered.flush();
        return;
      case 'compact':
        await this.steered.database.compactRange(0);
        return;
      case 'complete':
      case 'complete-late':
        return this.complete(step.kind === 'complete-late');
      case 'hear':
        this.hear(1);
        return;
      case 'abort':
        return this.abort();
      case 'fail':
        return this.failWhileWriting();
      case 'restart':
        return this.restart();
    }
  }

  async end(): Promise<void> {
    await this.job.end();
    assert.deepEqual(await this.job.sharedFiles(), this.job.named);
    await this.stop();
  }

  private async complete(isHeardLate: boolean): Promise<void> {
    const checkpointId = this.nextId++;
    const handle = incremental(await this.take(checkpointId));
    await this.job.complete(checkpointId, handle);
    this.completed = { handle, state: new Map(this.now) };
    this.unheard.push(checkpointId);
    if (!isHeardLate) {
      this.hear(this.unheard.length);
    }
    assert.deepEqual(await this.job.sharedFiles(), this.job.named);
    await this.readBack();
  }

  private hear(count: number): void {
    for (const id of this.unheard.splice(0, count)) {
      this.strategy.notifyCheckpointComplete(id);
    }
  }

  private async abort(): Promise<void> {
    const checkpointId = this.nextId++;
    const handle = await this.take(checkpointId);
    await this.job.abort(checkpointId, handle);
    this.strategy.notifyCheckpointAborted(checkpointId);
  }

  private async failWhileWriting(): Promise<void> {
    const checkpointId = this.nextId++;
    const before = await this.job.streams(checkpointId).then(() => this.job.sharedFiles());
    const snapshot = this.strategy.snapshot(checkpointId, await this.job.streams(checkpointId));
    const write = assert.rejects(snapshot.write());
    snapshot.cancel();
    await write;
    await this.job.abort(checkpointId, undefined);
    this.strategy.notifyCheckpointAborted(checkpointId);
    assert.deepEqual(await this.job.sharedFiles(), before);
  }

  private async restart(): Promise<void> {
    await this.stop();
    this.now.clear();
    const from = this.completed as typeof this.completed | undefined;
    for (const [key, value] of from?.state ?? []) {
      this.now.set(key, value);
    }
    await this.begin();
  }

  private async stop(): Promise<void> {
    this.unheard = [];
    await this.strategy.dispose();
    await this.steered.database.close();
  }

  private async take(checkpointId: number): Promise<KeyedStateHandle | undefined> {
    const streams = await this.job.streams(checkpointId);
    const handle = await this.strategy.snapshot(checkpointId, streams).write();
    this.job.acknowledge(checkpointId, handle);
    return handle;
  }

  private async readBack(): Promise<void> {
    const path = join(this.folder, 'read-back');
    const restored = await SteeredDatabase.restore(path, this.completed.handle);
    const keys = ['a', 'b', 'c', 'd'];
    try {
      assert.deepEqual(
        keys.map((key) => restored.get(key)),
        keys.map((key) => this.completed.state.get(key)),
      );
    } finally {
      await restored.database.close();
    }
  }
}

describe('checkpoints of a real database', { skip: whyNoNativeAddon() ?? false }, () => {
  it('have all their files, and no other stays, whatever completes, fails, is compacted or restarts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const folder = await temporaryFolder();
        try {
          const life = new Life(folder.path);
          await life.begin();
          for (const each of steps) {
            await life.do(each);
          }
          await life.do({ kind: 'complete' });
          await life.end();
        } finally {
          await folder.remove();
        }
      }),
      { numRuns: 15, examples: [[HEARD_LATE]] },
    );
  });
});
