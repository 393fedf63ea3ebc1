/**
 * Databases that RocksDB itself wrote, beside what it reads from them: read here as keyed state of
 * one operator.
 *
 * Made by tests/interop/src/main/java/lab/RocksFiles.java.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DataOutputView, KeyGroupRange, LocalFileSystem, Types } from '@millrace/core';
import {
  createStateHandleOpener,
  type HandleAndLocalPath,
  type IncrementalRemoteKeyedStateHandle,
  type KeyedStateRowReader,
  openKeyedState,
  rowKey,
  rowValue,
  writeKeyedBackendHeader,
} from '@millrace/state';

export interface ExpectedRocksFiles {
  readonly options: Readonly<Record<string, string>>;
  readonly keyGroups: number;
  /** Keys and values in hexadecimal, in order; keys begin with two bytes of key group. */
  readonly families: Readonly<Record<string, readonly (readonly [string, string])[]>>;
}

export function readExpectedRocksFiles(folder: string): ExpectedRocksFiles {
  return JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
}

/** A handle to all files of the database in `folder`, as Flink would make it. */
export function rocksFilesHandle(folder: string): IncrementalRemoteKeyedStateHandle {
  const { families, keyGroups } = readExpectedRocksFiles(folder);
  const files = readdirSync(join(folder, 'db')).map((localPath): HandleAndLocalPath => {
    const path = join(folder, 'db', localPath);
    return { localPath, handle: { kind: 'file', path, sizeBytes: statSync(path).size } };
  });
  const isSst = ({ localPath }: HandleAndLocalPath): boolean => localPath.endsWith('.sst');
  const meta = new DataOutputView();
  const snapshot = Types.STRING.createSerializer().snapshotConfiguration();
  writeKeyedBackendHeader(meta, {
    compressed: false,
    keySerializer: snapshot,
    states: Object.keys(families).map((name) => ({
      name,
      backendStateType: 'KEY_VALUE',
      options: new Map([['KEYED_STATE_TYPE', 'VALUE']]),
      serializers: new Map([
        ['NAMESPACE_SERIALIZER', snapshot],
        ['VALUE_SERIALIZER', snapshot],
      ]),
    })),
  });
  return {
    kind: 'incremental-remote',
    checkpointId: 1,
    backendId: 'rocks-files',
    keyGroupRange: new KeyGroupRange(0, keyGroups - 1),
    checkpointedSizeBytes: -1,
    meta: { kind: 'byte-stream', handleName: 'meta', data: meta.bytes() },
    shared: files.filter(isSst),
    private: files.filter((file) => !isSst(file)),
    stateHandleId: 'rocks-files',
  };
}

export function openRocksFiles(
  handle: IncrementalRemoteKeyedStateHandle,
): Promise<KeyedStateRowReader> {
  return openKeyedState(handle, {
    numberOfKeyGroups: handle.keyGroupRange.numberOfKeyGroups,
    openStateHandle: createStateHandleOpener({ getFileSystem: () => new LocalFileSystem() }),
  });
}

/** As `expected.json` says it: of each column family keys and values in hexadecimal. */
export async function contentOf(
  reader: KeyedStateRowReader,
  range?: KeyGroupRange,
): Promise<Record<string, [string, string][]>> {
  const content = Object.fromEntries(
    reader.header.states.map(({ name }) => [name, [] as [string, string][]]),
  );
  for await (const batch of reader.rows(range)) {
    const prefix = batch.keyGroup.toString(16).padStart(4, '0');
    for (const row of batch.rows) {
      const name = reader.header.states[row.stateId]!.name;
      content[name]!.push([prefix + hex(rowKey(batch, row)), hex(rowValue(batch, row))]);
    }
  }
  return content;
}

/** All of it, and what some ranges of key groups hold, read one after the other from one reader. */
export async function assertRocksFiles(folder: string): Promise<void> {
  const { families, options } = readExpectedRocksFiles(folder);
  const handle = rocksFilesHandle(folder);
  const reader = await openRocksFiles(handle);
  try {
    const what = `${folder} with ${JSON.stringify(options)}`;
    assert.deepEqual(await contentOf(reader), families, what);
    for (const [start, end] of [
      [0, 98],
      [99, 99],
      [198, 400],
    ] as const) {
      const inRange = ([key]: readonly [string, string]): boolean => {
        const keyGroup = Number.parseInt(key.slice(0, 4), 16);
        return keyGroup >= start && keyGroup <= end;
      };
      const expected = Object.fromEntries(
        Object.entries(families).map(([name, entries]) => [name, entries.filter(inRange)]),
      );
      assert.deepEqual(await contentOf(reader, new KeyGroupRange(start, end)), expected, what);
    }
  } finally {
    await reader.close();
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
