/** For tests: databases with known rows, snapshots of them, and what a restore makes of these. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Configuration,
  DataOutputView,
  KeyGroupRange,
  keyGroupForKeyHash,
  LocalFileSystem,
  SystemClock,
  TimerSerializer,
  type TypeSerializer,
  Types,
  VOID_NAMESPACE,
} from '@millrace/core';
import {
  CompositeKeyFormat,
  createStateHandleOpener,
  type HandleAndLocalPath,
  type IncrementalRemoteKeyedStateHandle,
  type KeyedStateBackendParameters,
  type KeyedStateHandle,
  keyGroupPrefix,
  keyGroupPrefixBytes,
  type StateMetaInfoSnapshot,
  writeKeyedBackendHeader,
} from '@millrace/state';
import { packedKey, packedRowBytes, ROW_HEAD_BYTES } from '../database/packed-rows.ts';
import { RocksDatabase } from '../database/rocks-database.ts';
import { WriteBatch } from '../database/write-batch.ts';
import { configuredSettings, openResources } from '../options/open-resources.ts';
import type { RocksDBResources } from '../options/rocksdb-resources.ts';
import { eachChunk } from './copy-database.ts';
import { type RestoreDatabaseOptions, restoreDatabase } from './restore-database.ts';
import type { RestoredDatabase } from './restored-database.ts';

export const NUMBER_OF_KEY_GROUPS = 300; // two bytes of prefix
export const ALL_KEY_GROUPS: KeyGroupRange = new KeyGroupRange(0, NUMBER_OF_KEY_GROUPS - 1);
const STRING = Types.STRING.createSerializer() as TypeSerializer<unknown>;
const VOID = Types.VOID_NAMESPACE.createSerializer() as TypeSerializer<unknown>;
const openStateHandle = createStateHandleOpener({ getFileSystem: () => new LocalFileSystem() });

export function stateInfo(name: string): StateMetaInfoSnapshot {
  return {
    name,
    backendStateType: 'KEY_VALUE',
    options: new Map([['KEYED_STATE_TYPE', 'VALUE']]),
    serializers: new Map([
      ['NAMESPACE_SERIALIZER', VOID.snapshotConfiguration()],
      ['VALUE_SERIALIZER', STRING.snapshotConfiguration()],
    ]),
  };
}

export function timersInfo(name: string): StateMetaInfoSnapshot {
  const timers = new TimerSerializer(STRING, VOID);
  return {
    name,
    backendStateType: 'PRIORITY_QUEUE',
    options: new Map(),
    serializers: new Map([['VALUE_SERIALIZER', timers.snapshotConfiguration()]]) as never,
  };
}

/** Rows by the name of their state: key with its key group and value, both as they are stored. */
export type StateRows = ReadonlyMap<string, readonly (readonly [key: Buffer, value: Buffer])[]>;

/** A few rows in each key group; of each third key group none. Under `timers`, timers. */
export function someRows(
  name: string,
  options: {
    readonly perKeyGroup?: number;
    readonly range?: KeyGroupRange;
    readonly valueBytes?: number;
  } = {},
): StateRows {
  const { perKeyGroup = 4, range = ALL_KEY_GROUPS, valueBytes = 8 } = options;
  const rows: [Buffer, Buffer][] = [];
  const missing = new Map<number, number>();
  for (let keyGroup = range.startKeyGroup; keyGroup <= range.endKeyGroup; keyGroup++) {
    if (keyGroup % 3 !== 2) {
      missing.set(keyGroup, perKeyGroup);
    }
  }
  for (let i = 0; missing.size > 0; i++) {
    const key = `${name}-${i}`;
    const keyGroup = keyGroupOf(key);
    const left = missing.get(keyGroup) ?? 0;
    if (left > 0) {
      const bytes = name === 'timers' ? timerBytes(key, i) : keyBytes(key);
      rows.push([bytes, Buffer.alloc(name === 'timers' ? 0 : valueBytes, i)]);
      missing.set(keyGroup, left - 1);
    }
    if (left === 1) {
      missing.delete(keyGroup);
    }
  }
  return new Map([[name, rows.sort(([a], [b]) => Buffer.compare(a, b))]]);
}

export function keyGroupOf(key: string): number {
  return keyGroupForKeyHash(STRING.hashCode(key), NUMBER_OF_KEY_GROUPS);
}

const keyFormat = new CompositeKeyFormat({
  keySerializer: STRING,
  namespaceSerializer: VOID,
  numberOfKeyGroups: NUMBER_OF_KEY_GROUPS,
});

/** With the key group before it. */
export function keyBytes(key: string): Buffer {
  const output = new DataOutputView();
  keyFormat.write(output, keyGroupOf(key), { key, namespace: VOID_NAMESPACE });
  return Buffer.from(output.copyBytes());
}

function timerBytes(key: string, timestamp: number): Buffer {
  const output = new DataOutputView();
  output.write(keyGroupPrefix(keyGroupOf(key), keyGroupPrefixBytes(NUMBER_OF_KEY_GROUPS)));
  new TimerSerializer(STRING, VOID).serialize(
    { timestamp, key, namespace: VOID_NAMESPACE },
    output,
  );
  return Buffer.from(output.copyBytes());
}

/** What of the rows is in a range, as `contentOf` says it. */
export function expectedRows(states: StateRows, range: KeyGroupRange): Record<string, string[]> {
  return Object.fromEntries(
    Array.from(states, ([name, rows]) => [
      name,
      rows
        .filter(([key]) => range.contains(key.readUInt16BE(0)))
        .map(([key, value]) => `${key.toString('hex')}=${value.toString('hex')}`),
    ]),
  );
}

export class RestoreFixture {
  readonly root: string = mkdtempSync(join(tmpdir(), 'millrace-restore-'));
  readonly warnings: string[] = [];
  private readonly opened: { close(): Promise<void> }[] = [];
  private folders = 0;

  folder(): string {
    const path = join(this.root, `f${this.folders++}`);
    mkdirSync(path);
    return path;
  }

  async resources(configuration: Record<string, string> = {}): Promise<RocksDBResources> {
    const settings = configuredSettings(
      Configuration.fromMap({
        'state.backend.rocksdb.localdir': this.folder(),
        ...configuration,
      }),
    );
    return openResources(settings, { operatorName: 'counter' });
  }

  /** A checkpoint of a database with these rows. */
  async checkpoint(
    states: StateRows,
    of: {
      readonly range?: KeyGroupRange;
      readonly timers?: readonly string[];
      readonly backendId?: string;
    } = {},
  ): Promise<IncrementalRemoteKeyedStateHandle> {
    const resources = await this.resources();
    const names = [...states.keys()];
    const database = await RocksDatabase.open(this.folder(), {
      ...resources.openSpec(),
      columnFamilies: names.map((name) => resources.columnFamily(name)),
    });
    for (const [columnFamily, name] of names.entries()) {
      writeRows(database, columnFamily, states.get(name)!);
    }
    const folder = join(this.folder(), 'chk');
    await database.createCheckpoint(folder);
    await database.close();
    await resources.close();
    const infos = names.map((name) =>
      of.timers?.includes(name) === true ? timersInfo(name) : stateInfo(name),
    );
    return handleOf(folder, infos, of);
  }

  parameters(
    of: Partial<KeyedStateBackendParameters<string>>,
  ): KeyedStateBackendParameters<string> {
    return {
      operatorName: 'counter',
      keyType: Types.STRING,
      numberOfKeyGroups: NUMBER_OF_KEY_GROUPS,
      keyGroupRange: ALL_KEY_GROUPS,
      stateHandles: [],
      openStateHandle,
      clock: new SystemClock(),
      snapshotSliceMs: 5,
      warn: (message) => this.warnings.push(message),
      ...of,
    };
  }

  async restore(
    of: Partial<KeyedStateBackendParameters<string>>,
    options: RestoreDatabaseOptions & { readonly configuration?: Record<string, string> } = {},
  ): Promise<RestoredDatabase<string> & { readonly workingDirectory: string }> {
    const resources = await this.resources(options.configuration);
    this.opened.push(resources);
    const { workingDirectory } = resources;
    try {
      const restored = await restoreDatabase(this.parameters(of), resources, options);
      this.opened.push(restored.database);
      return { ...restored, workingDirectory };
    } catch (error) {
      const left = existsSync(workingDirectory) ? readdirSync(workingDirectory) : [];
      if (left.length > 0) {
        throw new Error(`a restore that failed left ${left}`, { cause: error });
      }
      throw error;
    }
  }

  restoreIn(
    resources: RocksDBResources,
    stateHandles: readonly KeyedStateHandle[],
  ): Promise<RestoredDatabase<string>> {
    return restoreDatabase(this.parameters({ stateHandles }), resources);
  }

  async close(): Promise<void> {
    for (const each of this.opened.reverse()) {
      await each.close();
    }
    rmSync(this.root, { recursive: true });
  }
}

/** By the name of the state: `key=value` in hexadecimal, in order. */
export async function contentOf(
  restored: RestoredDatabase<unknown>,
): Promise<Record<string, string[]>> {
  const content: Record<string, string[]> = {};
  for (const [name, { columnFamily }] of restored.states) {
    const found: string[] = [];
    content[name] = found;
    const bounds = { lower: Uint8Array.of(0), upper: Uint8Array.of(255) };
    const of = { columnFamily, bounds, clock: new SystemClock() };
    await eachChunk(restored.database, of, (rows, end) => {
      for (let at = 0; at < end; at += packedRowBytes(rows, at)) {
        const key = packedKey(rows, at);
        const value = rows.subarray(
          at + ROW_HEAD_BYTES + key.length,
          at + packedRowBytes(rows, at),
        );
        found.push(`${Buffer.from(key).toString('hex')}=${Buffer.from(value).toString('hex')}`);
      }
    });
  }
  return content;
}

export function writeRows(
  database: RocksDatabase,
  columnFamily: number,
  rows: readonly (readonly [Buffer, Buffer])[],
): void {
  const batch = new WriteBatch();
  for (const [key, value] of rows) {
    const bytes = Buffer.concat([key, value]);
    batch.put(columnFamily, bytes, 0, key.length, bytes.length);
  }
  database.write(batch);
}

export function handleOf(
  folder: string,
  states: readonly StateMetaInfoSnapshot[],
  of: { readonly range?: KeyGroupRange; readonly backendId?: string },
): IncrementalRemoteKeyedStateHandle {
  const files = readdirSync(folder).map((localPath): HandleAndLocalPath => {
    const path = join(folder, localPath);
    return { localPath, handle: { kind: 'file', path, sizeBytes: statSync(path).size } };
  });
  const isSst = ({ localPath }: HandleAndLocalPath): boolean => localPath.endsWith('.sst');
  const meta = new DataOutputView();
  writeKeyedBackendHeader(meta, {
    compressed: false,
    keySerializer: STRING.snapshotConfiguration(),
    states,
  });
  return {
    kind: 'incremental-remote',
    checkpointId: 7,
    backendId: of.backendId ?? 'backend-of-before',
    keyGroupRange: of.range ?? ALL_KEY_GROUPS,
    checkpointedSizeBytes: -1,
    meta: { kind: 'byte-stream', handleName: 'meta', data: meta.copyBytes() },
    shared: files.filter(isSst),
    private: files.filter((file) => !isSst(file)),
    stateHandleId: 'handle',
  };
}
