/** Lists whose elements are strings; other layouts are in database/ttl-filter.test.ts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { whyNoNativeAddon } from './load-native-addon.ts';
import { joined, type TestDatabase, withDatabase } from './native-addon.test.kit.ts';

const TTL_MS = 100;
const NOW_MS = 1000;
const OLD_MS = NOW_MS - TTL_MS;
const YOUNG_MS = OLD_MS + 1;
const COMMA = Uint8Array.of(0x2c);
const KEY = Uint8Array.of(0x6b);

/** 7 bits a byte, lowest first. */
function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/** As Flink's StringValue: the length and one more, then the UTF-16 units; 0 is null. */
function element(timestampMs: number, text: string | null): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(timestampMs));
  const units =
    text === null ? [] : Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  const length = text === null ? 0 : units.length + 1;
  return joined([bytes, Uint8Array.from([length, ...units].flatMap(varint))]);
}

function listOf(...elements: readonly Uint8Array[]): Uint8Array {
  return joined(elements.flatMap((each, i) => (i === 0 ? [each] : [COMMA, each])));
}

function put(database: TestDatabase, kind: 'put' | 'merge', value: Uint8Array): void {
  const bytes = joined([KEY, value]);
  database.native[kind](0, bytes, 0, 1, bytes.length);
}

/** What a full compaction leaves of the list that the operations make. */
async function compacted(
  elementBytes: number,
  write: (database: TestDatabase) => Promise<void> | void,
): Promise<Uint8Array | undefined> {
  let left: Uint8Array | undefined;
  await withDatabase(
    async (database) => {
      await write(database);
      database.native.setTtlTime(NOW_MS);
      await database.native.compactRange(0, undefined, undefined);
      const result = new Uint8Array(1000);
      database.native.setResultBuffer(result);
      const length = database.native.get(0, KEY, 0, 1);
      left = length < 0 ? undefined : result.slice(0, length);
    },
    [
      {
        name: 'lists',
        options: 'merge_operator=stringappendtest',
        ttl: { kind: 'list', ttlMs: TTL_MS, elementBytes },
      },
    ],
  );
  return left;
}

describe('the compaction of a list of strings with a time to live', {
  skip: whyNoNativeAddon() ?? false,
}, () => {
  // With commas within, units of one to three bytes, and bytes that look like a delimiter.
  const texts = ['', 'a,b,c', ',', 'é', '€uro', 'x'.repeat(300), '\u002c\u002c', null];

  for (const text of texts) {
    it(`drops the expired elements before it, and keeps ${JSON.stringify(text)?.slice(0, 12)}`, async () => {
      const old = texts.map((each) => element(OLD_MS, each));
      const kept = listOf(element(YOUNG_MS, text), element(OLD_MS, 'after'));

      const left = await compacted(0, (database) => put(database, 'put', listOf(...old, kept)));

      assert.deepEqual(left, kept);
    });
  }

  it('drops a list whose elements are all expired', async () => {
    const list = listOf(element(OLD_MS, 'a'), element(0, 'b,c'));

    assert.equal(await compacted(0, (database) => put(database, 'put', list)), undefined);
  });

  it('drops what is expired of elements that were merged', async () => {
    const young = element(YOUNG_MS, 'young');

    const left = await compacted(0, (database) => {
      put(database, 'merge', listOf(element(OLD_MS, 'b'), element(OLD_MS, 'c')));
      put(database, 'merge', young);
    });

    assert.deepEqual(left, young);
  });

  it('keeps a list whose elements have no end that it can tell', async () => {
    const list = listOf(element(OLD_MS, 'a'), element(OLD_MS, 'b'));

    assert.deepEqual(await compacted(-1, (database) => put(database, 'put', list)), list);
  });

  it('keeps what is not the list that it was told', async () => {
    const cut = listOf(element(OLD_MS, 'a'), element(OLD_MS, 'long text')).subarray(0, -3);

    assert.deepEqual(await compacted(0, (database) => put(database, 'put', cut)), cut);
  });
});
