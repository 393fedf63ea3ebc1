/** Databases in folders of their own, and packed bytes, for the tests of the addon. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadNativeAddon } from './load-native-addon.ts';
import type { NativeColumnFamilySpec, NativeDatabase, NativeOpenSpec } from './native-addon.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const RESULT_BYTES = 64;
export const ABSENT_LENGTH = 0xffff_ffff;

export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

export function specOf(
  columnFamilies: readonly NativeColumnFamilySpec[],
  more: Partial<NativeOpenSpec> = {},
): NativeOpenSpec {
  return { dbOptions: '', columnFamilies, statistics: false, ...more };
}

export const LISTS: NativeColumnFamilySpec = {
  name: 'lists',
  options: 'merge_operator=stringappendtest',
};
export const PLAIN: NativeColumnFamilySpec = { name: 'plain', options: '' };

/** `integer32 length, bytes` of each. */
export function packedTexts(texts: readonly string[]): Uint8Array {
  return joined(texts.flatMap((text) => [integer(bytesOf(text).length), bytesOf(text)]));
}

/** `key length, value length, key, value` of each. */
export function packedRows(rows: readonly (readonly [string, string])[]): Uint8Array {
  return joined(
    rows.flatMap(([key, value]) => [
      integer(bytesOf(key).length),
      integer(bytesOf(value).length),
      bytesOf(key),
      bytesOf(value),
    ]),
  );
}

export interface Operation {
  readonly kind: number;
  readonly columnFamily: number;
  readonly key: string;
  readonly value: string;
}

export function packedOperations(operations: readonly Operation[]): Uint8Array {
  return joined(
    operations.flatMap(({ kind, columnFamily, key, value }) => [
      new Uint8Array([kind]),
      integer(columnFamily),
      integer(bytesOf(key).length),
      integer(bytesOf(value).length),
      bytesOf(key),
      bytesOf(value),
    ]),
  );
}

export function integer(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** A database with texts for keys and values, and a small result buffer. */
export class TestDatabase {
  readonly folder: string;
  readonly native: NativeDatabase;
  private readonly result = new Uint8Array(RESULT_BYTES);

  private constructor(folder: string, native: NativeDatabase) {
    this.folder = folder;
    this.native = native;
    native.setResultBuffer(this.result);
  }

  static async open(
    columnFamilies: readonly NativeColumnFamilySpec[] = [LISTS, PLAIN],
    more: Partial<NativeOpenSpec> = {},
  ): Promise<TestDatabase> {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-rocksdb-'));
    const native = await loadNativeAddon().open(join(folder, 'db'), specOf(columnFamilies, more));
    return new TestDatabase(folder, native);
  }

  async close(): Promise<void> {
    await this.native.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  put(columnFamily: number, key: string, value: string): void {
    const keyEnd = bytesOf(key).length;
    const bytes = bytesOf(key + value);
    this.native.put(columnFamily, bytes, 0, keyEnd, bytes.length);
  }

  merge(columnFamily: number, key: string, value: string): void {
    const keyEnd = bytesOf(key).length;
    const bytes = bytesOf(key + value);
    this.native.merge(columnFamily, bytes, 0, keyEnd, bytes.length);
  }

  get(columnFamily: number, key: string): string | undefined {
    const bytes = bytesOf(key);
    const length = this.native.get(columnFamily, bytes, 0, bytes.length);
    return length < 0 ? undefined : textOf(this.taken(length));
  }

  multiGet(columnFamily: number, keys: readonly string[]): (string | undefined)[] {
    const packed = packedTexts(keys);
    const length = this.native.multiGet(columnFamily, packed, packed.length, keys.length);
    const bytes = this.taken(length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const values: (string | undefined)[] = [];
    for (let at = 0; at < bytes.length; ) {
      const size = view.getUint32(at, true);
      at += 4;
      values.push(size === ABSENT_LENGTH ? undefined : textOf(bytes.subarray(at, at + size)));
      at += size === ABSENT_LENGTH ? 0 : size;
    }
    return values;
  }

  write(operations: readonly Operation[]): void {
    const packed = packedOperations(operations);
    this.native.write(packed, packed.length);
  }

  iterator(columnFamily: number, lower = '', upper?: string, snapshot?: number): number {
    const end = upper === undefined ? undefined : bytesOf(upper);
    return this.native.createIterator(columnFamily, bytesOf(lower), end, snapshot);
  }

  next(iterator: number, rows: number): [string, string][] {
    const bytes = this.taken(this.native.next(iterator, rows));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const read: [string, string][] = [];
    for (let at = 0; at < bytes.length; ) {
      const keyEnd = at + 8 + view.getUint32(at, true);
      const valueEnd = keyEnd + view.getUint32(at + 4, true);
      read.push([textOf(bytes.subarray(at + 8, keyEnd)), textOf(bytes.subarray(keyEnd, valueEnd))]);
      at = valueEnd;
    }
    return read;
  }

  /** Every row of the range. */
  rows(columnFamily: number, lower = '', upper?: string, snapshot?: number): [string, string][] {
    const iterator = this.iterator(columnFamily, lower, upper, snapshot);
    const all: [string, string][] = [];
    for (let some = this.next(iterator, 3); some.length > 0; some = this.next(iterator, 3)) {
      all.push(...some);
    }
    this.native.closeIterator(iterator);
    return all;
  }

  private taken(length: number): Uint8Array {
    if (length <= this.result.length) {
      return this.result.slice(0, length);
    }
    const bytes = new Uint8Array(length);
    this.native.takeResult(bytes);
    return bytes;
  }
}

/** Opens for one test and closes after it. */
export async function withDatabase(
  test: (database: TestDatabase) => Promise<void> | void,
  columnFamilies?: readonly NativeColumnFamilySpec[],
  more?: Partial<NativeOpenSpec>,
): Promise<void> {
  const database = await TestDatabase.open(columnFamilies, more);
  try {
    await test(database);
  } finally {
    await database.close();
  }
}
