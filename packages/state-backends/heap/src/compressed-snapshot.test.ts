/** How compressed snapshots of the heap lie in their stream; what they hold is for the conformance suite. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  KeyGroupRange,
  ListStateDescriptor,
  SystemClock,
  Types,
  ValueStateDescriptor,
} from '@millrace/core';
import type { KeyedStateBackend, KeyedStateHandle, KeyGroupsStateHandle } from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import fc from 'fast-check';
import { HashMapStateBackend } from './hashmap-state-backend.ts';

const KEY_GROUPS = 4;
const BLOCK_BYTES = 64 * 1024;
const IDENTIFIER = Buffer.from('ff060000734e61507059', 'hex');
const BYTES = new ValueStateDescriptor('bytes', Types.BYTE_ARRAY);
const NAMES = new ListStateDescriptor('names', Types.STRING);

type Format = 'native' | 'canonical';

function streamsOf(format: Format, snapshotCompression = true): MemoryCheckpointStreams {
  return new MemoryCheckpointStreams(format, { snapshotCompression });
}

function open(
  streams: MemoryCheckpointStreams,
  stateHandles: readonly KeyedStateHandle[] = [],
): Promise<KeyedStateBackend<string>> {
  return new HashMapStateBackend().createKeyedStateBackend({
    operatorName: 'test',
    keyType: Types.STRING,
    numberOfKeyGroups: KEY_GROUPS,
    keyGroupRange: new KeyGroupRange(0, KEY_GROUPS - 1),
    stateHandles,
    openStateHandle: streams.openStateHandle,
    clock: new SystemClock(),
    snapshotSliceMs: 1,
  });
}

function bytesState(backend: KeyedStateBackend<string>) {
  return backend.getOrCreateKeyedState(Types.VOID_NAMESPACE, BYTES) as unknown as {
    update(value: Uint8Array): void;
    value(): Uint8Array | undefined;
  };
}

function namesState(backend: KeyedStateBackend<string>) {
  return backend.getOrCreateKeyedState(Types.VOID_NAMESPACE, NAMES) as unknown as {
    addAll(values: readonly string[]): void;
  };
}

async function snapshotOf(
  backend: KeyedStateBackend<string>,
  streams: MemoryCheckpointStreams,
): Promise<KeyGroupsStateHandle & { data: Buffer }> {
  const handle = (await backend.snapshot(1, streams).write()) as KeyGroupsStateHandle;
  assert.ok(handle.stream.kind === 'byte-stream');
  return { ...handle, data: Buffer.from(handle.stream.data) };
}

function numberOfStreams(data: Buffer): number {
  return data.toString('latin1').split(IDENTIFIER.toString('latin1')).length - 1;
}

describe('a compressed snapshot of the heap', () => {
  it('has in its own layout a stream for each state of each key group, behind the key group', async () => {
    const streams = streamsOf('native');
    const backend = await open(streams);
    backend.setCurrentKey('a');
    bytesState(backend).update(new Uint8Array(1000));
    namesState(backend).addAll(['x', 'y']);

    const { data, offsets } = await snapshotOf(backend, streams);

    assert.equal(numberOfStreams(data), 2 * KEY_GROUPS);
    for (const [keyGroup, offset] of offsets.entries()) {
      assert.equal(data.readInt32BE(offset), keyGroup);
      assert.deepEqual(data.subarray(offset + 4, offset + 14), IDENTIFIER);
    }
  });

  it('has as a canonical savepoint a stream for each key group that has entries', async () => {
    const streams = streamsOf('canonical');
    const backend = await open(streams);
    backend.setCurrentKey('a');
    bytesState(backend).update(new Uint8Array(1000));
    namesState(backend).addAll(['x', 'y']);

    const { data, offsets } = await snapshotOf(backend, streams);

    assert.equal(numberOfStreams(data), 1);
    const withEntries = offsets.filter((offset) => offset > 0);
    assert.equal(withEntries.length, 1);
    assert.deepEqual(
      data.subarray(withEntries[0], (withEntries[0] ?? 0) + IDENTIFIER.length),
      IDENTIFIER,
    );
  });

  it('is a canonical savepoint without streams when no state has entries', async () => {
    const streams = streamsOf('canonical');
    const backend = await open(streams);
    bytesState(backend);

    const { data, offsets } = await snapshotOf(backend, streams);

    assert.equal(numberOfStreams(data), 0);
    assert.deepEqual(offsets, [0, 0, 0, 0]);
    assert.equal(data[4], 1); // compressed, after the version
  });

  it('is smaller', async () => {
    const sizes: number[] = [];
    for (const compression of [true, false]) {
      const streams = streamsOf('canonical', compression);
      const backend = await open(streams);
      for (let i = 0; i < 5000; i++) {
        backend.setCurrentKey(`customer-${i}`);
        namesState(backend).addAll(['the first name', 'the second name']);
      }
      sizes.push((await snapshotOf(backend, streams)).data.length);
    }

    const [compressed, plain] = sizes as [number, number];
    assert.ok(compressed < plain / 2, `${compressed} of ${plain} bytes`);
  });

  for (const format of ['native', 'canonical'] as const) {
    it(`gives back values of any size around the borders of blocks: ${format}`, async () => {
      const size = fc.oneof(
        fc.nat(100),
        fc.integer({ min: BLOCK_BYTES - 40, max: BLOCK_BYTES + 40 }),
        fc.integer({ min: 3 * BLOCK_BYTES - 40, max: 3 * BLOCK_BYTES + 40 }),
      );
      const value = fc.tuple(size, fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.boolean());
      await fc.assert(
        fc.asyncProperty(fc.array(value, { maxLength: 6 }), async (values) => {
          const streams = streamsOf(format);
          const backend = await open(streams);
          const expected = values.map(([length, seed, isRandom]) =>
            bytesOf(length, seed, isRandom),
          );
          for (const [index, bytes] of expected.entries()) {
            backend.setCurrentKey(`${index}`);
            bytesState(backend).update(bytes);
          }
          bytesState(backend);

          const restored = await open(streams, [await snapshotOf(backend, streams)]);

          const found = expected.map((_, index) => {
            restored.setCurrentKey(`${index}`);
            return bytesState(restored).value();
          });
          assert.deepEqual(found, expected);
        }),
        { numRuns: 40 },
      );
    });
  }
});

/** Random ones cannot be made smaller. */
function bytesOf(length: number, seed: number, isRandom: boolean): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0; // Numerical Recipes
    return isRandom ? state >> 24 : i >> 4;
  });
}
