import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  hashString,
  KeyGroupRange,
  type ListState,
  ListStateDescriptor,
  type MapState,
  MapStateDescriptor,
  SystemClock,
  type TypeInformation,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import type { KeyedStateBackend, KeyLookAhead } from '@millrace/state';
import { MemoryCheckpointStreams } from '@millrace/state/conformance';
import fc from 'fast-check';
import { createStateBackend } from './hashmap-state-backend.ts';

const KEYS = 300; // many more than are compared one by one
const BATCH_MAX = 300; // more than are looked up at once

/** Of the key at hand, or of another one, as a timer between two records has it. */
const step = fc.record({
  key: fc.nat(KEYS - 1),
  write: fc.constantFrom('value', 'value', 'nothing', 'clear'),
  isAhead: fc.boolean(),
  other: fc.option(fc.nat(KEYS - 1), { freq: 5 }),
});

describe('keys that are looked up ahead', () => {
  for (const [what, type, keyOf, comesHashed] of [
    ['texts', Types.STRING, (key: number) => `key-${key}`, false],
    ['texts that come with their hashes', Types.STRING, (key: number) => `key-${key}`, true],
    ['numbers', Types.LONG, (key: number) => key - 3, false],
    ['other types', Types.DOUBLE, (key: number) => (key === 0 ? -0 : key - 1), false],
  ] as const) {
    it(`have the state that they have without, as ${what}`, async () => {
      const backend = await open(type as TypeInformation<unknown>);
      const states = ['a', 'b'].map((name) => declared(backend, name));
      const model = new Map<string, number>();
      let written = 0;
      const lists = backend.getOrCreateKeyedState<unknown, ListState<number>>(
        Types.VOID_NAMESPACE,
        new ListStateDescriptor('list', Types.LONG),
      );
      const maps = backend.getOrCreateKeyedState<unknown, MapState<string, string>>(
        Types.VOID_NAMESPACE,
        new MapStateDescriptor('map', Types.STRING, Types.STRING),
      );
      const listed = new Map<string, number[]>();
      const useContents = (id: string, write: string): void => {
        const expected = listed.get(id) ?? [];
        assert.deepEqual([...lists.get()], expected);
        assert.deepEqual([...maps.values()], [...new Set(expected.map((of) => `${of % 20}`))]);
        if (write === 'value') {
          listed.set(id, [...expected, written]);
          lists.add(written);
          maps.put(`user ${written % 20}`, `${written % 20}`);
        } else if (write === 'clear') {
          listed.delete(id);
          lists.clear();
          maps.clear();
        }
      };
      const use = (key: unknown, write: string): void => {
        const id = Object.is(key, -0) ? '-0' : String(key);
        backend.setCurrentKey(key);
        useContents(id, write);
        for (const [i, state] of states.entries()) {
          assert.equal(state.value(), model.get(`${i} ${id}`));
        }
        const at = ++written % states.length;
        if (write === 'value') {
          states[at]?.update(written);
          model.set(`${at} ${id}`, written);
        } else if (write === 'clear') {
          states[at]?.clear();
          model.delete(`${at} ${id}`);
        }
      };

      fc.assert(
        fc.property(fc.array(step, { maxLength: BATCH_MAX, size: 'max' }), (batch) => {
          const { lookAhead } = backend as { lookAhead: KeyLookAhead<unknown> };
          const ahead = batch.filter(({ isAhead }) => isAhead).map(({ key }) => keyOf(key));
          lookAhead.readAhead(ahead, comesHashed ? hashCodesOf(ahead) : undefined);
          for (const { key, write, other } of batch) {
            use(keyOf(key), write);
            if (other !== null) {
              use(keyOf(other), 'clear');
            }
          }
        }),
        { numRuns: 60 },
      );
    });
  }

  it('are asked for where they are many, and may not be objects', async () => {
    const longs = await open(Types.LONG as TypeInformation<unknown>);
    const tuples = await open(Types.TUPLE(Types.LONG) as TypeInformation<unknown>);
    const isAsked = (backend: KeyedStateBackend<unknown>) => backend.lookAhead?.isWorthwhile(256);
    const before = isAsked(longs);

    for (let i = 0; i < 40_000; i++) {
      for (const [backend, key] of [[longs, i] as const, [tuples, [i]] as const]) {
        backend.setCurrentKey(key);
        declared(backend, 'a').update(i);
      }
    }

    assert.deepEqual([before, isAsked(longs), isAsked(tuples)], [false, true, false]);
  });
});

function hashCodesOf(texts: readonly unknown[]): Int32Array {
  return Int32Array.from(texts, (text) => hashString(text as string));
}

function open(keyType: TypeInformation<unknown>): Promise<KeyedStateBackend<unknown>> {
  return createStateBackend().createKeyedStateBackend({
    operatorName: 'counter',
    keyType,
    numberOfKeyGroups: 4,
    keyGroupRange: new KeyGroupRange(0, 3),
    stateHandles: [],
    openStateHandle: new MemoryCheckpointStreams().openStateHandle,
    clock: new SystemClock(),
    snapshotSliceMs: 2,
  });
}

function declared(backend: KeyedStateBackend<unknown>, name: string): ValueState<number> {
  return backend.getOrCreateKeyedState(
    Types.VOID_NAMESPACE,
    new ValueStateDescriptor(name, Types.LONG),
  );
}
