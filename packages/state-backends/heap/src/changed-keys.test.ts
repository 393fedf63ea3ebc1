/** Keys whose object the program changes after it gave it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StateTtlConfig, Types, type ValueState, ValueStateDescriptor } from '@millrace/core';
import { type InternalKvState, withTimeToLive } from '@millrace/state';
import { openForBench } from './bench-fixture.ts';

type Key = [text: string, number: number];
type Counter = ValueState<number> & InternalKvState<Key, unknown>;

const NAMESPACES = [
  { name: 'outside windows', type: Types.VOID_NAMESPACE, namespace: undefined },
  { name: 'in windows', type: Types.LONG, namespace: 7 },
];

/** 20 keys with state that times out at 100. */
async function expiring(type: (typeof NAMESPACES)[number]['type'], namespace: unknown) {
  const time = { now: 0, currentProcessingTime: () => time.now };
  const backend = withTimeToLive(await openForBench(Types.TUPLE(Types.STRING, Types.LONG)), time);
  const descriptor = new ValueStateDescriptor<number>('count', Types.LONG);
  descriptor.enableTimeToLive(
    new StateTtlConfig({ timeToLive: 100, cleanupIncrementally: { cleanupSize: 5 } }),
  );
  const state = backend.getOrCreateKeyedState<unknown, Counter>(type as never, descriptor);
  const at = (key: Key): Counter => {
    backend.setCurrentKey(key);
    if (namespace !== undefined) {
      state.setCurrentNamespace(namespace);
    }
    return state;
  };
  const keys = Array.from({ length: 20 }, (_, i): Key => ['k', i]);
  for (const [i, key] of keys.entries()) {
    at(key).update(i);
  }
  return { time, keys, at };
}

describe('a key whose object was changed', () => {
  for (const { name, type, namespace } of NAMESPACES) {
    for (const [becomes, number] of [
      ['a new key', 999],
      ['another one with state', 4],
    ] as const) {
      it(`fails the clean-up of its state ${name} when it became ${becomes}`, async () => {
        const { time, keys, at } = await expiring(type, namespace);
        (keys[3] as Key)[1] = number;
        time.now = 50;
        at(['k', 4]).update(40);
        time.now = 120;

        const readOthers = () => {
          for (let i = 0; i < 20; i++) {
            at(['other', i]).value();
          }
        };

        assert.throws(readOthers, { code: 'KEY_NOT_DETERMINISTIC' });
        assert.equal(at(['k', 4]).value(), 40);
      });
    }
  }
});
