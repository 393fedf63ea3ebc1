/**
 * Writes small databases for tests and benchmarks of the reader: what real RocksDB never writes, such
 * as features that are refused, and much of it fast. No part of what Millrace writes.
 *
 * Bytes: docs/formats/rocksdb-files.md
 */
import { DataOutputView, KeyGroupRange } from '@millrace/core';
import { crc32c, maskCrc32c } from '../formats/crc32c.ts';
import { writeKeyedBackendHeader } from '../formats/keyed-backend-header.ts';
import { compressSnappyBlock } from '../formats/snappy-block.ts';
import type { StateMetaInfoSnapshot } from '../formats/state-meta-info-snapshot.ts';
import type {
  HandleAndLocalPath,
  IncrementalRemoteKeyedStateHandle,
} from '../snapshot/keyed-state-handle.ts';
import type { OpenStateHandle } from '../snapshot/state-handle-reader.ts';
import { compareKeys } from './block-cursor.ts';
import { LittleEndianOutput } from './little-endian-output.ts';

export interface WrittenEntry {
  readonly key: Uint8Array;
  readonly sequence: number;
  readonly kind: number;
  readonly value: Uint8Array;
}

export interface WrittenTable {
  readonly level?: number;
  /** In the order of their keys, of one key the newest first. */
  readonly entries: readonly WrittenEntry[];
  /** From `key` to `value`. */
  readonly rangeDeletions?: readonly WrittenEntry[];
  readonly form?: TableForm;
}

export interface TableForm {
  readonly blockBytes?: number;
  readonly restartInterval?: number;
  /** As stored; 1 compresses, all others only say so. */
  readonly compression?: number;
  readonly formatVersion?: number;
  readonly checksumType?: number;
  readonly magic?: string;
  /** In place of those that are written, or more. */
  readonly properties?: Readonly<Record<string, Uint8Array>>;
  /** Names of further parts. */
  readonly parts?: readonly string[];
}

const ENCODER = new TextEncoder();
const MAGIC = '88e241b785f4cff7';

export function writeTable(table: WrittenTable, columnFamilyName: string): Uint8Array {
  const { form = {} } = table;
  const output = new LittleEndianOutput();
  const index: WrittenPair[] = [];
  for (const block of blocksOf(table.entries, form.blockBytes ?? 4096)) {
    const last = block[block.length - 1]!;
    const pairs = block.map((entry) => ({ key: internalKey(entry), value: entry.value }));
    index.push({ key: last.key, value: writeBlock(output, pairs, form) });
  }
  const parts: Record<string, Uint8Array> = {};
  const stored: TableForm = { ...form, compression: 0 };
  for (const name of form.parts ?? []) {
    parts[name] = writeBlock(output, [], stored);
  }
  if (table.rangeDeletions !== undefined) {
    const pairs = table.rangeDeletions.map((each) => ({
      key: internalKey(each),
      value: each.value,
    }));
    parts['rocksdb.range_del'] = writeBlock(output, pairs, { ...stored, restartInterval: 1 });
  }
  const properties = {
    'rocksdb.block.based.table.index.type': new LittleEndianOutput().fixed32(0).bytes(),
    'rocksdb.column.family.name': ENCODER.encode(columnFamilyName),
    'rocksdb.comparator': ENCODER.encode('leveldb.BytewiseComparator'),
    'rocksdb.index.key.is.user.key': Uint8Array.of(1),
    'rocksdb.index.value.is.delta.encoded': Uint8Array.of(0),
    'rocksdb.merge.operator': ENCODER.encode('StringAppendTESTOperator'),
    ...form.properties,
  };
  parts['rocksdb.properties'] = writeBlock(output, pairsOf(properties), stored);
  const metaindex = writeBlock(output, pairsOf(parts), stored);
  const indexHandle = writeBlock(output, index, stored);
  return writeFooter(output, form, Buffer.concat([metaindex, indexHandle]));
}

export interface WrittenDatabase {
  readonly handle: IncrementalRemoteKeyedStateHandle;
  readonly openStateHandle: OpenStateHandle;
}

/** A database of these column families, and the handle of a subtask that owns all key groups. */
export function writeDatabase(
  families: Readonly<Record<string, readonly WrittenTable[]>>,
  options: { readonly header: Omit<Parameters<typeof writeKeyedBackendHeader>[1], 'states'> },
): WrittenDatabase {
  const files: HandleAndLocalPath[] = [];
  const add = (localPath: string, data: Uint8Array): void => {
    files.push({ localPath, handle: { kind: 'byte-stream', handleName: localPath, data } });
  };
  const edits: Uint8Array[] = [];
  let fileNumber = 10;
  for (const [index, [name, tables]] of Object.entries(families).entries()) {
    const id = index + 1;
    edits.push(new LittleEndianOutput().varint(200).varint(id).varint(201).prefixed(name).bytes());
    for (const table of tables) {
      const number = ++fileNumber;
      const data = writeTable(table, name);
      add(`${String(number).padStart(6, '0')}.sst`, data);
      edits.push(newFile(table, { id, number, sizeBytes: data.length }));
    }
  }
  add('MANIFEST-000004', writeLog(edits));
  add('CURRENT', ENCODER.encode('MANIFEST-000004\n'));
  const meta = new DataOutputView();
  const states = Object.keys(families).map((name) => stateOf(name, options.header.keySerializer));
  writeKeyedBackendHeader(meta, { ...options.header, states });
  const handle: IncrementalRemoteKeyedStateHandle = {
    kind: 'incremental-remote',
    checkpointId: 1,
    backendId: 'test',
    keyGroupRange: new KeyGroupRange(0, 127),
    checkpointedSizeBytes: -1,
    meta: { kind: 'byte-stream', handleName: 'meta', data: meta.bytes() },
    shared: [],
    private: files,
    stateHandleId: 'test',
  };
  return { handle, openStateHandle: openInline };
}

/** A log of whole and of split records, as MANIFEST is one. */
export function writeLog(records: readonly Uint8Array[]): Uint8Array {
  const output = new LittleEndianOutput();
  for (const record of records) {
    let at = 0;
    let isFirst = true; // One without bytes may precede the next block.
    do {
      const left = LOG_BLOCK_BYTES - (output.length % LOG_BLOCK_BYTES);
      if (left < LOG_HEADER_BYTES) {
        output.raw(new Uint8Array(left));
      }
      const room = LOG_BLOCK_BYTES - (output.length % LOG_BLOCK_BYTES) - LOG_HEADER_BYTES;
      const part = record.subarray(at, at + room);
      const isLast = at + part.length === record.length;
      const type = isFirst ? (isLast ? 1 : 2) : isLast ? 4 : 3;
      writeFragment(output, type, part);
      at += part.length;
      isFirst = false;
    } while (at < record.length);
  }
  return output.bytes();
}

export function writeFragment(output: LittleEndianOutput, type: number, part: Uint8Array): void {
  const checked = Buffer.concat([Uint8Array.of(type), part]);
  output.fixed32(maskCrc32c(crc32c(checked)));
  output.raw(Uint8Array.of(part.length & 0xff, part.length >>> 8)).raw(checked);
}

const LOG_BLOCK_BYTES = 32 * 1024;
const LOG_HEADER_BYTES = 7;

const openInline: OpenStateHandle = async (handle) => {
  const data = handle.kind === 'byte-stream' ? handle.data : new Uint8Array();
  return {
    sizeBytes: data.length,
    read: async (position, length) => data.subarray(position, position + length),
    close: async () => {},
  };
};

function stateOf(
  name: string,
  serializer: Parameters<typeof writeKeyedBackendHeader>[1]['keySerializer'],
): StateMetaInfoSnapshot {
  return {
    name,
    backendStateType: 'KEY_VALUE',
    options: new Map([['KEYED_STATE_TYPE', 'VALUE']]),
    serializers: new Map([
      ['NAMESPACE_SERIALIZER', serializer],
      ['VALUE_SERIALIZER', serializer],
    ]),
  };
}

function newFile(
  table: WrittenTable,
  of: { readonly id: number; readonly number: number; readonly sizeBytes: number },
): Uint8Array {
  const keys = [
    ...table.entries.map(({ key }) => key),
    ...(table.rangeDeletions ?? []).flatMap(({ key, value }) => [key, value]),
  ].sort((a, b) => compareKeys(a, a.length, b));
  const all = [...table.entries, ...(table.rangeDeletions ?? [])];
  const sequences = all.map(({ sequence }) => sequence);
  const bound = (key: Uint8Array) => internalKey({ key, sequence: 0, kind: 1 });
  return new LittleEndianOutput()
    .varint(200)
    .varint(of.id)
    .varint(103)
    .varint(table.level ?? 0)
    .varint(of.number)
    .varint(of.sizeBytes)
    .prefixed(bound(keys[0]!))
    .prefixed(bound(keys[keys.length - 1]!))
    .varint(sequences.reduce((a, b) => Math.min(a, b)))
    .varint(sequences.reduce((a, b) => Math.max(a, b)))
    .varint(1)
    .bytes();
}

interface WrittenPair {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

function pairsOf(values: Readonly<Record<string, Uint8Array>>): WrittenPair[] {
  return Object.entries(values)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ key: ENCODER.encode(name), value }));
}

function* blocksOf(
  entries: readonly WrittenEntry[],
  blockBytes: number,
): Generator<WrittenEntry[], void, undefined> {
  let block: WrittenEntry[] = [];
  let size = 0;
  for (const entry of entries) {
    block.push(entry);
    size += entry.key.length + entry.value.length + 11;
    if (size >= blockBytes) {
      yield block;
      [block, size] = [[], 0];
    }
  }
  if (block.length > 0) {
    yield block;
  }
}

/** @returns the handle of the block */
function writeBlock(
  output: LittleEndianOutput,
  pairs: readonly WrittenPair[],
  form: TableForm,
): Uint8Array {
  const plain = blockOf(pairs, form.restartInterval ?? 16);
  const { compression = 0 } = form;
  const stored = Buffer.concat([
    compression === 1 ? compressSnappyBlock(plain) : plain,
    Uint8Array.of(compression),
  ]);
  const handle = new LittleEndianOutput()
    .varint(output.length)
    .varint(stored.length - 1)
    .bytes();
  output.raw(stored).fixed32(maskCrc32c(crc32c(stored)));
  return handle;
}

/** Entries and restarts, before compression. */
export function blockOf(pairs: readonly WrittenPair[], restartInterval: number): Uint8Array {
  const block = new LittleEndianOutput();
  const restarts: number[] = [];
  let before: Uint8Array = new Uint8Array();
  for (const [index, { key, value }] of pairs.entries()) {
    let shared = 0;
    if (index % restartInterval === 0) {
      restarts.push(block.length);
    } else {
      while (shared < Math.min(before.length, key.length) && before[shared] === key[shared]) {
        shared++;
      }
    }
    block
      .varint(shared)
      .varint(key.length - shared)
      .varint(value.length);
    block.raw(key.subarray(shared)).raw(value);
    before = key;
  }
  for (const restart of restarts.length === 0 ? [0] : restarts) {
    block.fixed32(restart);
  }
  return block.fixed32(Math.max(1, restarts.length)).bytes();
}

export function internalKey(entry: Omit<WrittenEntry, 'value'>): Uint8Array {
  const { key, sequence, kind } = entry;
  const output = new LittleEndianOutput().raw(key).raw(Uint8Array.of(kind));
  return output
    .fixed32(sequence % 2 ** 32)
    .raw(Uint8Array.of(Math.floor(sequence / 2 ** 32), 0, 0))
    .bytes();
}

function writeFooter(output: LittleEndianOutput, form: TableForm, handles: Uint8Array): Uint8Array {
  output.raw(Uint8Array.of(form.checksumType ?? 1)).raw(handles);
  output.raw(new Uint8Array(40 - handles.length)).fixed32(form.formatVersion ?? 4);
  return output.raw(Buffer.from(form.magic ?? MAGIC, 'hex').reverse()).bytes();
}
