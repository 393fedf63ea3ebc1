import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyGroupRange } from '@millrace/core';
import { MemoryCheckpointStreams } from '../conformance/memory-checkpoint-streams.ts';
import type {
  ChangelogStateHandleStream,
  KeyedStateHandle,
} from '../snapshot/keyed-state-handle.ts';
import type { OpenStateHandle } from '../snapshot/state-handle-reader.ts';
import * as log from './changelog-fixture.ts';
import { heapBase } from './heap-base-fixture.ts';
import { JoinedRowReader } from './joined-row-reader.ts';
import { openKeyedState } from './open-keyed-state.ts';

const { openStateHandle } = new MemoryCheckpointStreams();

/** Counts what is open; each fails when it is closed, which closes it all the same. */
class FailingFiles {
  open = 0;
  opened = 0;

  readonly openStateHandle: OpenStateHandle = async (handle) => {
    const reader = await openStateHandle(handle);
    const number = ++this.opened;
    this.open++;
    return {
      sizeBytes: reader.sizeBytes,
      read: (position, length) => reader.read(position, length),
      close: async () => {
        this.open--;
        await reader.close();
        throw new Error(`close of file ${number}`);
      },
    };
  };
}

const [LOW, HIGH] = [new KeyGroupRange(0, 1), new KeyGroupRange(2, 3)];
const base = (keyGroupRange: KeyGroupRange): KeyedStateHandle => {
  const whole = heapBase({ compressed: false, values: {} });
  const { startKeyGroup, endKeyGroup } = keyGroupRange;
  return { ...whole, keyGroupRange, offsets: whole.offsets.slice(startKeyGroup, endKeyGroup + 1) };
};
const LOG = log.logHandle([log.METADATA]) as ChangelogStateHandleStream;

function openWith(files: FailingFiles, handle: KeyedStateHandle) {
  const { openStateHandle } = files;
  return openKeyedState(handle, { numberOfKeyGroups: log.NUMBER_OF_KEY_GROUPS, openStateHandle });
}

describe('readers whose files fail when they are closed', () => {
  it('close the others of a changelog, and tell what failed first', async () => {
    const files = new FailingFiles();
    const reader = await openWith(files, log.changelogHandle([LOG], [base(LOW), base(HIGH)]));
    assert.equal(files.open, 3);

    await assert.rejects(reader.close(), /close of file 3/); // The log is closed first.

    assert.equal(files.open, 0);
  });

  it('close both of two that are joined', async () => {
    const files = new FailingFiles();
    const [first, second] = [
      await openWith(files, heapBase({ compressed: false, values: {} })),
      await openWith(files, heapBase({ compressed: false, values: {} })),
    ];

    await assert.rejects(new JoinedRowReader(first, second).close(), /close of file 1/);

    assert.equal(files.open, 0);
  });

  it('leave nothing open where opening fails, and tell why it failed', async () => {
    const files = new FailingFiles();
    const broken = { ...LOG, sizeBytes: 1 };

    const opening = openWith(files, log.changelogHandle([broken], [base(LOW), base(HIGH)]));

    await assert.rejects(opening, {
      code: 'SNAPSHOT_CORRUPT',
      message: /bytes of changes instead of 1/,
    });
    assert.equal(files.open, 0);
  });

  it('tell what is wrong with the header of a file, and not that it cannot be closed', async () => {
    const files = new FailingFiles();
    const whole = heapBase({ compressed: false, values: {} });
    const offsets = whole.offsets.map((offset) => offset + 1);

    await assert.rejects(openWith(files, { ...whole, offsets }), { code: 'SNAPSHOT_CORRUPT' });

    assert.equal(files.open, 0);
  });
});
