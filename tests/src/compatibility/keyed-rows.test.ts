/** What different backends and formats wrote of one job is the same rows. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import '@millrace/avro';
import { LocalFileSystem } from '@millrace/core';
import {
  createStateHandleOpener,
  openKeyedState,
  readCheckpointMetadata,
  rowKey,
  rowValue,
} from '@millrace/state';
import { expectedFolder, FIXTURE_REBASE, FIXTURES, readMetadataBytes } from './flink-fixtures.ts';

const openStateHandle = createStateHandleOpener({
  getFileSystem: () => new LocalFileSystem(),
  pathRebase: [FIXTURE_REBASE],
});
/** Its timestamps are those of the run. */
const TTL_UID_STATES = /^ttl-/;

/** Of each state of each operator the rows as text, sorted. */
async function rowsOf(fixture: string): Promise<Map<string, string[]>> {
  const folder = expectedFolder(fixture);
  const metadata = readCheckpointMetadata(readMetadataBytes(folder), join(FIXTURES, folder));
  const rows = new Map<string, string[]>();
  for (const operator of metadata.operatorStates) {
    for (const { managedKeyedState } of operator.subtaskStates.values()) {
      if (managedKeyedState === undefined) {
        continue;
      }
      const numberOfKeyGroups = operator.maxParallelism;
      const reader = await openKeyedState(managedKeyedState, {
        numberOfKeyGroups,
        openStateHandle,
      });
      for await (const batch of reader.rows()) {
        for (const row of batch.rows) {
          const name = reader.header.states[row.stateId]?.name ?? '';
          const of = `${operator.operatorId} ${name}`;
          const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
          const text = `${batch.keyGroup} ${hex(rowKey(batch, row))} ${hex(rowValue(batch, row))}`;
          if (!TTL_UID_STATES.test(name)) {
            rows.set(of, [...(rows.get(of) ?? []), text]);
          }
        }
      }
      await reader.close();
    }
  }
  return new Map([...rows].sort().map(([of, texts]) => [of, texts.sort()]));
}

describe('rows of keyed state', () => {
  for (const fixture of [
    'hashmap-chk',
    'hashmap-native',
    'hashmap-canonical-compressed',
    'rocksdb-canonical',
    'rocksdb-full-chk',
    'rocksdb-incremental-chk',
    'rocksdb-native',
  ]) {
    it(`are the same in ${fixture} as in hashmap-canonical`, async () => {
      const expected = await rowsOf('hashmap-canonical');

      assert.ok(expected.size > 20);
      assert.deepEqual(await rowsOf(fixture), expected);
    });
  }
});
