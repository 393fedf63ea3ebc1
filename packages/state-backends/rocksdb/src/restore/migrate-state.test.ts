import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DataInputView,
  DataOutputView,
  ListSerializer,
  MapSerializer,
  type TypeInformation,
  type TypeSerializer,
  Types,
} from '@millrace/core';
import { RowCodec, type StateMetaInfoSnapshot } from '@millrace/state';
import type { StoredState } from '../database/column-families.ts';
import { ROW_HEAD_BYTES, setUint32 } from '../database/packed-rows.ts';
import type { WriteBatch } from '../database/write-batch.ts';
import { type MigratedDatabase, migrateState, userKeysMigrate } from './migrate-state.ts';

const { INT, LONG, STRING } = Types;
type Item = Readonly<Record<string, unknown>>;
const item = (fields: Readonly<Record<string, unknown>>): TypeInformation<Item> =>
  Types.POJO('com.acme.Item', fields as never) as never;
const ONE = item({ id: INT, gone: STRING });
const TWO = item({ id: INT, added: LONG });

const keySerializer = STRING.createSerializer() as TypeSerializer<unknown>;
const options = { keySerializer, numberOfKeyGroups: 4, writeBatchBytes: 100 };

function infoOf(kind: string, serializer: TypeSerializer<never>): StateMetaInfoSnapshot {
  return {
    name: 'items',
    backendStateType: 'KEY_VALUE',
    options: new Map([['KEYED_STATE_TYPE', kind]]),
    serializers: new Map([
      ['NAMESPACE_SERIALIZER', Types.VOID_NAMESPACE.createSerializer().snapshotConfiguration()],
      ['VALUE_SERIALIZER', serializer.snapshotConfiguration()],
    ] as never),
  };
}

/** One column family in memory; keys in hexadecimal. */
class MemoryDatabase implements MigratedDatabase {
  readonly rows = new Map<string, Uint8Array>();
  result: Uint8Array = new Uint8Array();
  writes = 0;
  private left: (readonly [string, Uint8Array])[] = [];

  createIterator(): number {
    this.left = [...this.rows].sort();
    return 1;
  }

  next(): number {
    const next = this.left.shift();
    if (next === undefined) {
      return 0;
    }
    const key = Buffer.from(next[0], 'hex');
    this.result = new Uint8Array(ROW_HEAD_BYTES + key.length + next[1].length);
    setUint32(this.result, 0, key.length);
    setUint32(this.result, 4, next[1].length);
    this.result.set(key, ROW_HEAD_BYTES);
    this.result.set(next[1], ROW_HEAD_BYTES + key.length);
    return this.result.length;
  }

  closeIterator(): void {}

  write(batch: WriteBatch): void {
    if (batch.count > 0) {
      this.writes++;
    }
    const view = new DataView(batch.bytes.buffer, batch.bytes.byteOffset);
    for (let at = 0; at < batch.end; ) {
      const keyStart = at + 13;
      const keyEnd = keyStart + view.getUint32(at + 5, true);
      const valueEnd = keyEnd + view.getUint32(at + 9, true);
      const key = Buffer.from(batch.bytes.subarray(keyStart, keyEnd)).toString('hex');
      this.rows.set(key, batch.bytes.slice(keyEnd, valueEnd));
      at = valueEnd;
    }
    batch.clear();
  }

  put(codec: RowCodec, key: { key: unknown; userKey?: unknown }, value: unknown): void {
    const output = new DataOutputView();
    output.writeByte(1);
    codec.writeKey(output, { ...key, namespace: undefined });
    const text = Buffer.from(output.bytes()).toString('hex');
    codec.writeValue(output.reset(), value);
    this.rows.set(text, output.copyBytes());
  }
}

function codecOf(info: StateMetaInfoSnapshot): RowCodec {
  return new RowCodec(info, options);
}

function valuesOf(database: MemoryDatabase, serializer: TypeSerializer<never>): unknown[] {
  return [...database.rows]
    .sort()
    .map(([, bytes]) => serializer.deserialize(new DataInputView(bytes)));
}

const serializerOf = (type: TypeInformation<Item>) => type.createSerializer() as never;
const before = (id: number): Item => ({ id, gone: `g${id}` });
const after = (id: number): Item => ({ id, added: 0 });

function filled(count: number): { database: MemoryDatabase; stored: StoredState } {
  const database = new MemoryDatabase();
  const stored: StoredState = { info: infoOf('VALUE', serializerOf(ONE)), columnFamily: 0 };
  for (let id = 0; id < count; id++) {
    database.put(codecOf(stored.info), { key: `k${id}` }, before(id));
  }
  return { database, stored };
}

describe('state in RocksDB whose type evolved', () => {
  it('is rewritten in the new type, and its meta data says so', () => {
    const { database, stored } = filled(3);
    const info = infoOf('VALUE', serializerOf(TWO));

    migrateState(database, stored, { ...options, info });

    assert.deepEqual(valuesOf(database, serializerOf(TWO)), [0, 1, 2].map(after));
    assert.equal(stored.info, info);
    assert.equal(database.writes, 1);
  });

  it('is rewritten in batches of the size that is set, where it is large', () => {
    const { database, stored } = filled(9);
    const info = infoOf('VALUE', serializerOf(TWO));

    migrateState(database, stored, { ...options, info, oneBatchBytesMax: 50 });

    assert.equal(valuesOf(database, serializerOf(TWO)).length, 9);
    assert.ok(database.writes > 2, `${database.writes} writes`);
  });

  it('is as it was when a value cannot be read, however large it is', () => {
    for (const oneBatchBytesMax of [50, 1 << 20]) {
      const { database, stored } = filled(9);
      const [last] = [...database.rows.keys()].sort().slice(-1);
      database.rows.set(last!, Uint8Array.of(1, 2));
      const rows = new Map(database.rows);
      const { info } = stored;

      assert.throws(
        () =>
          migrateState(database, stored, {
            ...options,
            info: infoOf('VALUE', serializerOf(TWO)),
            oneBatchBytesMax,
          }),
        { code: 'SNAPSHOT_CORRUPT', message: /state 'items' in RocksDB/ },
      );
      assert.deepEqual(database.rows, rows);
      assert.equal(stored.info, info);
    }
  });

  it('has every element of a list and every value of a map in the new type, null too', () => {
    const elements = { from: serializerOf(ONE), to: serializerOf(TWO) };
    const list = new MemoryDatabase();
    const lists = infoOf('LIST', new ListSerializer(elements.from) as never);
    list.put(codecOf(lists), { key: 'a' }, [before(1), before(2)]);
    const map = new MemoryDatabase();
    const userKeys = STRING.createSerializer();
    const maps = infoOf('MAP', new MapSerializer(userKeys, elements.from) as never);
    map.put(codecOf(maps), { key: 'a', userKey: 'x' }, before(1));
    map.put(codecOf(maps), { key: 'a', userKey: 'y' }, null);

    migrateState(
      list,
      { info: lists, columnFamily: 0 },
      { ...options, info: infoOf('LIST', new ListSerializer(elements.to) as never) },
    );
    migrateState(
      map,
      { info: maps, columnFamily: 0 },
      { ...options, info: infoOf('MAP', new MapSerializer(userKeys, elements.to) as never) },
    );

    const [listBytes] = [...list.rows.values()];
    const expected = new DataOutputView();
    codecOf(infoOf('LIST', new ListSerializer(elements.to) as never)).writeValue(expected, [
      after(1),
      after(2),
    ]);
    assert.deepEqual(Buffer.from(listBytes!), Buffer.from(expected.bytes()));
    const [x, y] = [...map.rows].sort().map(([, bytes]) => bytes);
    assert.deepEqual(serializerAt(elements.to, x!.subarray(1)), after(1));
    assert.deepEqual([...y!], [1]);
  });

  it('is refused where it is the user keys of a map that evolved', () => {
    const value = LONG.createSerializer();
    const maps = (type: TypeInformation<Item>) =>
      infoOf('MAP', new MapSerializer(serializerOf(type), value as never) as never);
    const what = "state 'items' of operator 'o'";

    const refused = userKeysMigrate(maps(ONE), maps(TWO), { ...options, what });

    assert.equal(refused?.code, 'STATE_INCOMPATIBLE');
    assert.match(refused.message, /state 'items' of operator 'o': .*user keys/);
    assert.equal(userKeysMigrate(maps(ONE), maps(ONE), { ...options, what }), undefined);
  });
});

function serializerAt(serializer: TypeSerializer<never>, bytes: Uint8Array): unknown {
  return serializer.deserialize(new DataInputView(bytes));
}
