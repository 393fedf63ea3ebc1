/** What a changelog was materialized to by the heap backend, for tests. */
import { DataOutputView } from '@millrace/core';
import { writeKeyedBackendHeader } from '../formats/keyed-backend-header.ts';
import { writeSnappyChunks, writeSnappyStreamIdentifier } from '../formats/snappy-framing.ts';
import type { KeyGroupsStateHandle } from '../snapshot/keyed-state-handle.ts';
import * as log from './changelog-fixture.ts';

export interface BaseLayout {
  readonly compressed: boolean;
  /** Of the state `value`, by key, in the namespace `n`. */
  readonly values: Readonly<Record<string, number>>;
}

export function heapBase({ compressed, values }: BaseLayout): KeyGroupsStateHandle {
  const output = new DataOutputView();
  writeKeyedBackendHeader(output, {
    compressed,
    keySerializer: log.STRING.snapshotConfiguration(),
    states: [log.stateOf('value', 'VALUE', log.LONG)],
  });
  const offsets: number[] = [];
  for (let keyGroup = 0; keyGroup < log.NUMBER_OF_KEY_GROUPS; keyGroup++) {
    offsets.push(output.position);
    output.writeInt(keyGroup);
    const entries = Object.entries(values).filter(([key]) => log.keyGroupOf(key) === keyGroup);
    const state = new DataOutputView();
    state.writeShort(0);
    state.writeInt(entries.length);
    for (const [key, value] of entries) {
      log.STRING.serialize('n', state);
      log.STRING.serialize(key, state);
      log.LONG.serialize(value, state);
    }
    if (compressed) {
      writeSnappyStreamIdentifier(output);
      writeSnappyChunks(output, state.bytes());
    } else {
      output.write(state.bytes());
    }
  }
  return {
    kind: 'key-groups',
    keyGroupRange: log.KEY_GROUPS,
    offsets,
    stateHandleId: 'base',
    stream: { kind: 'byte-stream', handleName: 'base', data: output.copyBytes() },
  };
}
