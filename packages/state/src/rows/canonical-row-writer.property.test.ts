import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  KeyGroupRange,
  type TypeSerializer,
  Types,
  VOID_NAMESPACE_SERIALIZER,
} from '@millrace/core';
import fc from 'fast-check';
import { MemoryCheckpointStreams } from '../conformance/memory-checkpoint-streams.ts';
import type { KeyedBackendHeader } from '../formats/keyed-backend-header.ts';
import { CanonicalRowWriter } from './canonical-row-writer.ts';
import { rowKey, rowValue } from './keyed-state-rows.ts';
import { openKeyedState } from './open-keyed-state.ts';

interface Row {
  readonly keyGroup: number;
  readonly stateId: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const STATES = 3;

function header(compressed: boolean): KeyedBackendHeader {
  const snapshot = (serializer: TypeSerializer<never>) =>
    (serializer as unknown as TypeSerializer<unknown>).snapshotConfiguration();
  return {
    compressed,
    keySerializer: snapshot(Types.STRING.createSerializer() as never),
    states: Array.from({ length: STATES }, (_, index) => ({
      name: `state-${index}`,
      backendStateType: 'KEY_VALUE',
      options: new Map([['KEYED_STATE_TYPE', 'VALUE']]),
      serializers: new Map([
        ['NAMESPACE_SERIALIZER', snapshot(VOID_NAMESPACE_SERIALIZER as never)],
        ['VALUE_SERIALIZER', snapshot(Types.STRING.createSerializer() as never)],
      ]),
    })),
  };
}

const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });

/** Some values are larger than a window. */
const rowArbitrary = (range: KeyGroupRange): fc.Arbitrary<Row> =>
  fc.record({
    keyGroup: fc.integer({ min: range.startKeyGroup, max: range.endKeyGroup }),
    stateId: fc.nat(STATES - 1),
    key: bytes(20),
    value: fc.oneof(
      { weight: 30, arbitrary: bytes(40) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 600_000 }).map((n) => new Uint8Array(n)) },
    ),
  });

async function written(
  rows: readonly Row[],
  of: {
    readonly keyGroupRange: KeyGroupRange;
    readonly numberOfKeyGroups: number;
    readonly compressed?: boolean;
  },
): Promise<readonly Row[]> {
  const streams = new MemoryCheckpointStreams();
  const writer = new CanonicalRowWriter(streams.createCheckpointStateOutputStream(), {
    header: header(of.compressed ?? false),
    ...of,
  });
  for (const { keyGroup, stateId, key, value } of rows) {
    writer.put(keyGroup, stateId, key, value);
    if (writer.isFull) {
      await writer.flush();
    }
  }
  const handle = await writer.finish();
  assert.equal(streams.openStreams, 0);
  if (handle === undefined) {
    return [];
  }
  const { openStateHandle } = streams;
  const reader = await openKeyedState(handle, { ...of, openStateHandle });
  const read: Row[] = [];
  for await (const batch of reader.rows()) {
    for (const row of batch.rows) {
      read.push({
        keyGroup: batch.keyGroup,
        stateId: row.stateId,
        key: rowKey(batch, row).slice(),
        value: rowValue(batch, row).slice(),
      });
    }
  }
  await reader.close();
  return read;
}

const text = ({ keyGroup, stateId, key, value }: Row): string =>
  [
    keyGroup,
    stateId,
    Buffer.from(key).toString('hex'),
    value.length,
    Buffer.from(value).toString('hex', 0, 40),
  ].join(' ');

describe('rows that are written as a canonical savepoint', () => {
  it('are read back as they were, in their order, whatever the number of key groups, compressed or not', async () => {
    const place = fc.constantFrom(1, 4, 128, 129, 32768).chain((numberOfKeyGroups) =>
      fc
        .tuple(fc.nat(numberOfKeyGroups - 1), fc.nat(numberOfKeyGroups - 1), fc.boolean())
        .map(([a, b, compressed]) => ({
          numberOfKeyGroups,
          compressed,
          keyGroupRange: new KeyGroupRange(Math.min(a, b), Math.max(a, b)),
        })),
    );
    const run = place.chain((of) =>
      fc.tuple(fc.constant(of), fc.array(rowArbitrary(of.keyGroupRange), { maxLength: 60 })),
    );
    await fc.assert(
      fc.asyncProperty(run, async ([of, anyOrder]) => {
        const rows = [...anyOrder].sort((a, b) => a.keyGroup - b.keyGroup);

        assert.deepEqual((await written(rows, of)).map(text), rows.map(text));
      }),
      { numRuns: 200 },
    );
  });

  it('leave nothing behind when there are none', async () => {
    const of = { keyGroupRange: new KeyGroupRange(0, 3), numberOfKeyGroups: 4 };

    assert.deepEqual(await written([], of), []);
  });

  it('are refused outside of the key groups, and in descending ones', async () => {
    const of = { keyGroupRange: new KeyGroupRange(1, 3), numberOfKeyGroups: 4 };
    const row = (keyGroup: number) => ({
      keyGroup,
      stateId: 0,
      key: new Uint8Array(1),
      value: new Uint8Array(1),
    });

    await assert.rejects(written([row(0)], of), /key group 0/);
    await assert.rejects(written([row(3), row(2)], of), /key group 2 after 3/);
  });
});
