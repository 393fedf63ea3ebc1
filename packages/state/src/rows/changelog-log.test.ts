import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyGroupRange } from '@millrace/core';
import { MemoryCheckpointStreams } from '../conformance/memory-checkpoint-streams.ts';
import type { OpenStateHandle } from '../snapshot/state-handle-reader.ts';
import * as log from './changelog-fixture.ts';
import { readKeyGroups } from './key-group-collector.ts';
import { openKeyedState } from './open-keyed-state.ts';

const FILES = 24; // more than are open at a time
const { openStateHandle } = new MemoryCheckpointStreams();

/** Files of several chunks each, and what was read of them. */
async function openLog() {
  const reads: { readonly position: number; readonly length: number }[] = [];
  const counting: OpenStateHandle = async (handle) => {
    const reader = await openStateHandle(handle);
    return {
      sizeBytes: reader.sizeBytes,
      read: (position, length) => {
        reads.push({ position, length });
        return reader.read(position, length);
      },
      close: () => reader.close(),
    };
  };
  const handles = Array.from({ length: FILES }, (_, file) =>
    log.logHandle(
      [
        [
          ...(file === 0 ? log.METADATA : []),
          log.scoped('ADD_ELEMENT', 'list', { key: 'k', namespace: 'n' }, (output) =>
            log.STRING.serialize(`${file} ${'x'.repeat(200_000)}`, output),
          ),
        ],
      ],
      'compressed',
    ),
  );
  const options = { numberOfKeyGroups: log.NUMBER_OF_KEY_GROUPS, openStateHandle: counting };
  const reader = await openKeyedState(log.changelogHandle(handles), options);
  return { reader, reads, options };
}

describe('the log of many compressed files', () => {
  it('looks for the chunks of a file once, however often it is opened', async () => {
    const { reader, reads, options } = await openLog();
    const own = log.keyGroupOf('k');
    const range = new KeyGroupRange(own, own);
    const elements: string[] = [];

    for (let pass = 0; pass < 3; pass++) {
      reads.length = 0;
      elements.length = 0;
      for await (const group of readKeyGroups(reader, { ...options, keyGroups: range })) {
        const list = group.states.find(({ state }) => state.name === 'list');
        elements.push(...((list?.entries[0]?.value ?? []) as string[]));
      }
      assert.deepEqual(
        elements.map((element) => Number.parseInt(element, 10)),
        Array.from({ length: FILES }, (_, file) => file),
      );
      // The flag is at 0, the identifier at 1; what is read now are the bodies of chunks.
      assert.deepEqual(
        reads.filter(({ position }) => position < 10),
        [],
      );
    }
    await reader.close();
  });
});
