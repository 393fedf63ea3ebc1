import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DataOutputView, errorCode, Types } from '@millrace/core';
import fc from 'fast-check';
import type { OperatorStateMetaInfo } from '../snapshot/operator-state-handle.ts';
import {
  decodeOperatorBackendState,
  type OperatorListToWrite,
  writeOperatorBackendHeader,
  writeOperatorBackendState,
} from './operator-backend-state.ts';
import {
  SNAPPY_BLOCK_BYTES,
  writeSnappyChunk,
  writeSnappyStreamIdentifier,
} from './snappy-framing.ts';

const strings = Types.STRING.createSerializer();
const longs = Types.LONG.createSerializer();

function list(items: readonly string[], name = 'list'): OperatorListToWrite<string> {
  return { name, mode: 'split-distribute', elementSerializer: strings, items };
}

function rules(entries: ReadonlyMap<string, number>) {
  return { name: 'rules', keySerializer: strings, valueSerializer: longs, entries };
}

function written(items: readonly string[], entries: ReadonlyMap<string, number> = new Map()) {
  const output = new DataOutputView();
  const lists = [list(items) as OperatorListToWrite];
  const broadcasts = [rules(entries) as never];
  const metaInfos = writeOperatorBackendState(output, { lists, broadcasts, compressed: true });
  return { bytes: output.copyBytes(), metaInfos };
}

function itemsOf(
  bytes: Uint8Array,
  metaInfos: ReadonlyMap<string, OperatorStateMetaInfo>,
): readonly unknown[] {
  return decodeOperatorBackendState(bytes, metaInfos, 'operator state file:///a').lists[0]!.items;
}

/** The first item alone, in chunks as another writer may cut them. */
function inSmallChunks(item: string, chunkBytes: number) {
  const output = new DataOutputView();
  const serialized = new DataOutputView();
  strings.serialize(item, serialized);
  const { bytes: whole } = written([item]);
  const empty = written([]).bytes; // header, identifier, an empty map
  const identifierAt = Buffer.from(whole).indexOf('sNaPpY') - 4;
  assert.equal(Buffer.from(empty).indexOf('sNaPpY') - 4, identifierAt);
  output.write(whole.subarray(0, identifierAt));
  writeSnappyStreamIdentifier(output);
  const offset = output.position;
  const bytes = serialized.bytes();
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    writeSnappyChunk(output, bytes.subarray(at, at + chunkBytes));
  }
  return {
    bytes: output.copyBytes(),
    metaInfos: new Map([['list', { mode: 'split-distribute' as const, offsets: [offset] }]]),
  };
}

describe('compressed operator state', () => {
  it('has a chunk for each item, whose place is the offset', () => {
    const { bytes, metaInfos } = written(['a', 'bc'], new Map([['r', 1]]));

    const identifierAt = Buffer.from(bytes).indexOf('sNaPpY') - 4;
    const first = identifierAt + 10;
    const second = first + 4 + 4 + 2; // header, checksum, 'a' with its length
    const map = second + 4 + 4 + 3;
    assert.deepEqual(metaInfos.get('list')?.offsets, [first, second]);
    assert.deepEqual(metaInfos.get('rules')?.offsets, [map]);
    assert.deepEqual([...bytes.subarray(first, first + 4)], [1, 6, 0, 0]);
  });

  it('has the stream identifier although there is nothing to write', () => {
    const output = new DataOutputView();

    writeOperatorBackendState(output, { lists: [list([])], broadcasts: [], compressed: true });

    assert.equal(Buffer.from(output.bytes()).toString('latin1').slice(-6), 'sNaPpY');
  });

  it('gives back items and entries, also those that take several chunks', () => {
    const items = [
      '',
      'a',
      'x'.repeat(3 * SNAPPY_BLOCK_BYTES),
      'y'.repeat(SNAPPY_BLOCK_BYTES),
      'b',
    ];
    const entries = new Map(Array.from({ length: 20_000 }, (_, i) => [`rule-${i}`, i]));

    const { bytes, metaInfos } = written(items, entries);

    assert.deepEqual(itemsOf(bytes, metaInfos), items);
    const restored = decodeOperatorBackendState(bytes, metaInfos);
    assert.deepEqual(restored.broadcasts[0]?.entries, entries);
  });

  it('gives back any items around the borders of blocks', () => {
    const sizes = fc.oneof(
      fc.nat(300),
      fc.integer({ min: SNAPPY_BLOCK_BYTES - 8, max: SNAPPY_BLOCK_BYTES + 8 }),
      fc.integer({ min: 2 * SNAPPY_BLOCK_BYTES - 8, max: 2 * SNAPPY_BLOCK_BYTES + 8 }),
    );
    fc.assert(
      fc.property(fc.array(sizes, { maxLength: 5 }), (lengths) => {
        const items = lengths.map((length) => 'ab'.repeat(length).slice(0, length));
        const { bytes, metaInfos } = written(items);

        assert.deepEqual(itemsOf(bytes, metaInfos), items);
      }),
      { numRuns: 50 },
    );
  });

  it('reads only the items that a redistribution left, in its order', () => {
    const { bytes, metaInfos } = written(['a', 'b', 'c']);
    const [first, , third] = metaInfos.get('list')!.offsets as [number, number, number];

    const left = new Map([
      ['list', { mode: 'split-distribute' as const, offsets: [third, first] }],
    ]);

    assert.deepEqual(itemsOf(bytes, left), ['c', 'a']);
  });

  it('reads an item that its writer cut into small chunks', () => {
    const item = 'a long item of many chunks, '.repeat(20);

    for (const chunkBytes of [1, 7, 100]) {
      const { bytes, metaInfos } = inSmallChunks(item, chunkBytes);
      assert.deepEqual(itemsOf(bytes, metaInfos), [item]);
    }
  });

  it('names the file and the byte of a chunk that is corrupt', () => {
    const { bytes, metaInfos } = written(['first', 'second']);
    const offset = metaInfos.get('list')!.offsets[1]!;
    bytes[offset + 9] = bytes[offset + 9]! ^ 1;

    assert.throws(() => itemsOf(bytes, metaInfos), {
      code: 'SNAPSHOT_CORRUPT',
      message: new RegExp(`operator state file:///a is corrupt at byte ${offset + 4}, .*checksum`),
    });
  });

  it('names the state and the place where an item ends too early', () => {
    const { bytes, metaInfos } = written(['first', 'second']);
    const offset = metaInfos.get('list')!.offsets[1]!;
    const cut = new DataOutputView();
    cut.write(bytes.subarray(0, offset));
    writeSnappyChunk(cut, Uint8Array.from([7, 0x73]));

    const left = new Map([['list', { mode: 'split-distribute' as const, offsets: [offset] }]]);

    assert.throws(() => itemsOf(cut.bytes(), left), {
      code: 'SNAPSHOT_CORRUPT',
      message: new RegExp(
        `file:///a \\(uncompressed from its byte ${offset} on\\) is corrupt at byte 0, in item of state 'list'`,
      ),
    });
  });

  it('names the byte where the stream identifier is missing', () => {
    const output = new DataOutputView();
    writeOperatorBackendHeader(output, {
      compressed: true,
      operatorStates: [],
      broadcastStates: [],
    });
    output.write(new Uint8Array(20));

    assert.throws(() => decodeOperatorBackendState(output.bytes(), new Map()), {
      code: 'SNAPSHOT_CORRUPT',
      message: /corrupt at byte 9/,
    });
  });

  it('with any bit changed is corrupt, or the same', () => {
    const items = ['a', 'b'.repeat(100)];
    const { bytes, metaInfos } = written(items);
    const start = Buffer.from(bytes).indexOf('sNaPpY') - 4;
    for (let bit = 8 * start; bit < 8 * bytes.length; bit++) {
      const changed = bytes.slice();
      changed[bit >> 3] = changed[bit >> 3]! ^ (1 << (bit & 7));
      try {
        assert.deepEqual(itemsOf(changed, metaInfos), items);
      } catch (error) {
        assert.equal(errorCode(error), 'SNAPSHOT_CORRUPT');
      }
    }
  });
});
