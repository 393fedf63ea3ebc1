import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ConfigError,
  type State,
  type StateDescriptor,
  Types,
  ValueStateDescriptor,
} from '@millrace/core';
import type { InternalKvState, KeyedStateBackend } from '@millrace/state';
import { NamespacedStateStore } from './keyed-state-stores.ts';

/** A store over a backend that has one state for each name and writes down what it is asked. */
function recordingStore() {
  const asked: string[] = [];
  const namespaces: string[] = [];
  const kinds = new Map<string, string>();
  const states = new Map<string, InternalKvState<string, string>>();
  const backend = {
    getOrCreateKeyedState(_type: unknown, { name, kind }: StateDescriptor) {
      asked.push(name);
      const state = states.get(name) ?? {
        setCurrentNamespace: (namespace: string) => void namespaces.push(`${name} ${namespace}`),
      };
      states.set(name, state);
      const known = kinds.get(name) ?? kind;
      if (known !== kind) {
        throw new ConfigError('STATE_NAME_CONFLICT', `${name} is ${known} and ${kind}`);
      }
      kinds.set(name, kind);
      return state;
    },
  } as unknown as KeyedStateBackend<string>;
  const store = new NamespacedStateStore(backend, Types.STRING, 'a');
  return { store, asked, namespaces };
}

const COUNT = new ValueStateDescriptor('count', Types.LONG);
const LAST = new ValueStateDescriptor('last', Types.LONG);

describe('state by its descriptor', () => {
  it('is declared once for a descriptor that is asked with again and again', () => {
    const { store, asked } = recordingStore();

    const states = [COUNT, LAST, COUNT, LAST, COUNT].map((descriptor) =>
      store.getPartitionedState<State>(descriptor),
    );

    assert.deepEqual(asked, ['count', 'last']);
    assert.equal(states[2], states[0]);
    assert.equal(states[3], states[1]);
    assert.notEqual(states[1], states[0]);
  });

  it('has the namespace of the moment each time', () => {
    const { store, namespaces } = recordingStore();

    store.getPartitionedState(COUNT);
    store.namespace = 'b';
    store.getPartitionedState(COUNT);
    store.getPartitionedState(COUNT);

    assert.deepEqual(namespaces, ['count a', 'count b', 'count b']);
  });

  it('is declared anew with another descriptor of its name, which must agree', () => {
    const { store, asked } = recordingStore();
    store.getPartitionedState(COUNT);

    const again = store.getPartitionedState(new ValueStateDescriptor('count', Types.LONG));

    assert.equal(again, store.getPartitionedState(COUNT));
    assert.deepEqual(asked, ['count', 'count', 'count']);
    const asList = { name: 'count', kind: 'list' } as StateDescriptor;
    assert.throws(() => store.getPartitionedState(asList), { code: 'STATE_NAME_CONFLICT' });
  });
});
