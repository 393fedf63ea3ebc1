/** The current key, names, namespaces, and the types that keys may have. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type AppendingState,
  MapStateDescriptor,
  TimeWindow,
  type TypeInformation,
  Types,
  ValueStateDescriptor,
  VOID_NAMESPACE,
} from '@millrace/core';
import type { KeyedStateBackend } from '../backend/keyed-state-backend.ts';
import { BackendFixture, type StateBackendConformanceOptions } from './backend-fixture.ts';
import {
  AGGREGATING,
  COUNT,
  LIST,
  listState,
  NAMES,
  type Numbers,
  REDUCING,
  valueState,
  WINDOWS,
  windowed,
} from './conformance-types.ts';

const FIRST = new TimeWindow(0, 10);
const LONGER = new TimeWindow(0, 20);
const SECOND = new TimeWindow(10, 20);

interface KeyCase<K> {
  readonly type: TypeInformation<K>;
  readonly keys: readonly K[];
}

const ORDER = Types.POJO('com.acme.OrderKey', { id: Types.LONG, country: Types.STRING });

const KEY_CASES: Record<string, KeyCase<never>> = {
  string: { type: Types.STRING, keys: ['', 'a', 'aa', 'ä', '\u{1F600}'] },
  long: { type: Types.LONG, keys: [0, 1, -1, 2 ** 40, Number.MAX_SAFE_INTEGER] },
  int: { type: Types.INT, keys: [0, 1, -1, 2 ** 31 - 1, -(2 ** 31)] },
  boolean: { type: Types.BOOLEAN, keys: [true, false] },
  'bigint long': { type: Types.BIGINT_LONG, keys: [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)] },
  tuple: {
    type: Types.TUPLE(Types.STRING, Types.LONG),
    keys: [
      ['a', 1],
      ['a', 2],
      ['b', 1],
      ['a,1', 1],
    ],
  },
} as unknown as Record<string, KeyCase<never>>;

export function keyTests(options: StateBackendConformanceOptions): void {
  theCurrentKeyTests(options);
  keysThatAreObjectsTests(options);
  getkeysTests(options);
  namesTests(options);
  namespacesTests(options);
}

function theCurrentKeyTests(options: StateBackendConformanceOptions): void {
  describe('the current key', () => {
    it('is needed for reading and writing', async () => {
      const backend = await new BackendFixture(options).open(Types.STRING);
      const state = valueState(backend, COUNT);

      for (const access of [
        () => state.value(),
        () => state.update(1),
        () => state.clear(),
        () => backend.currentKey,
      ]) {
        assert.throws(access, { code: 'NO_CURRENT_KEY', message: /no key is set/ });
      }
    });

    it('is refused when it is of another type than declared, as soon as it gets state', async () => {
      const pair = Types.TUPLE(Types.STRING, Types.LONG);
      const cases = [
        [Types.STRING, 7, 'declared as String, but its key selector gave 7: 7 is not a String; '],
        [Types.LONG, 'seven', "declared as Long, but its key selector gave 'seven': 'seven' is "],
        [Types.INT, 0.5, 'declared as Int, but its key selector gave 0.5: 0.5 is not an Int; '],
        [Types.BOOLEAN, 1, 'declared as Boolean, but its key selector gave 1: 1 is not a Bool'],
        [
          pair,
          ['a', 'b'],
          "declared as Tuple2<String, Long>, but its key selector gave [ 'a', 'b' ]",
        ],
      ] as const;
      for (const [keyType, key, told] of cases) {
        const backend = await new BackendFixture(options).open(keyType as TypeInformation<unknown>);
        const state = valueState(backend, COUNT);
        backend.setCurrentKey(key);

        assert.throws(
          () => state.update(1),
          (error: Error & { code?: string }) => {
            assert.equal(error.code, 'VALUE_NOT_SERIALIZABLE');
            assert.ok(
              error.message.includes(`the key of operator 'counter' is ${told}`),
              error.message,
            );
            return true;
          },
        );
      }
    });

    it('is what was set last', async () => {
      const backend = await openAt(options, 'a');

      backend.setCurrentKey('b');

      assert.equal(backend.currentKey, 'b');
    });

    for (const [name, { type, keys }] of Object.entries(KEY_CASES)) {
      it(`may be of type ${name}, and equal keys are one key`, async () => {
        const fixture = new BackendFixture(options);
        const backend = await fixture.open(type);
        const state = valueState(backend, COUNT);
        const serializer = type.createSerializer();

        for (const [index, key] of keys.entries()) {
          backend.setCurrentKey(key);
          state.update(index);
        }
        const restored = await fixture.reopen(backend, type);
        const restoredState = valueState(restored, COUNT);

        for (const [index, key] of keys.entries()) {
          backend.setCurrentKey(serializer.copy(key));
          assert.equal(state.value(), index);
          restored.setCurrentKey(serializer.copy(key));
          assert.equal(restoredState.value(), index);
        }
        assert.equal(restored.numberOfEntries, keys.length);
      });
    }
  });
}

function keysThatAreObjectsTests(options: StateBackendConformanceOptions): void {
  describe('keys that are objects', () => {
    it('are one key when their fields are equal', async () => {
      const type = Types.TUPLE(Types.STRING, Types.TUPLE(Types.LONG, Types.BOOLEAN));
      const backend = await new BackendFixture(options).open(type);
      const state = valueState(backend, COUNT);

      backend.setCurrentKey(['a', [1, true]]);
      state.update(1);
      backend.setCurrentKey(['a', [1, true]]);

      assert.equal(state.value(), 1);
    });

    it('are refused when their hash is not stable in Java', async () => {
      const backend = await new BackendFixture(options).open(ORDER);
      const state = valueState(backend, COUNT);

      backend.setCurrentKey({ id: 1, country: 'DE' });

      assert.throws(() => state.update(1), { code: 'KEY_TYPE_UNSUPPORTED' });
    });
  });
}

function getkeysTests(options: StateBackendConformanceOptions): void {
  describe('getKeys', () => {
    it('gives the keys that have a value, as a copy', async () => {
      const backend = await openAt(options, 'a');
      const state = valueState(backend, COUNT);
      for (const key of ['a', 'b', 'c']) {
        backend.setCurrentKey(key);
        state.update(1);
      }

      const seen: string[] = [];
      for (const key of backend.getKeys('count', VOID_NAMESPACE)) {
        seen.push(key);
        backend.setCurrentKey(key);
        state.clear();
        backend.setCurrentKey(`new-${key}`);
        state.update(1);
      }

      assert.deepEqual(seen.sort(), ['a', 'b', 'c']);
      assert.equal(backend.numberOfEntries, 3);
      assert.deepEqual([...backend.getKeys('unknown', VOID_NAMESPACE)], []);
    });

    it('gives the keys of one namespace', async () => {
      const backend = await openAt(options, 'a');
      const state = windowed<string, AppendingState<Numbers, unknown>>(backend, LIST);
      state.setCurrentNamespace(FIRST);
      state.add([1]);
      backend.setCurrentKey('b');
      state.setCurrentNamespace(SECOND);
      state.add([1]);

      const keys = [...backend.getKeys('list', new TimeWindow(10, 20))];

      assert.deepEqual(keys, ['b']);
    });

    it('gives each key with each of its namespaces when no namespace is named', async () => {
      const backend = await openAt(options, 'a');
      const state = windowed<string, AppendingState<Numbers, unknown>>(backend, LIST);
      for (const [key, window] of [
        ['a', FIRST],
        ['a', SECOND],
        ['b', SECOND],
      ] as const) {
        backend.setCurrentKey(key);
        state.setCurrentNamespace(window);
        state.add([1]);
      }
      state.clear();
      valueState(backend, COUNT).update(1);

      const windows = [...backend.getKeysAndNamespaces<TimeWindow>('list')];
      const alone = [...backend.getKeysAndNamespaces('count')];

      assert.deepEqual(windows.map(([key, { start }]) => [key, start]).sort(), [
        ['a', FIRST.start],
        ['a', SECOND.start],
      ]);
      assert.deepEqual(alone, [['b', VOID_NAMESPACE]]);
      assert.deepEqual([...backend.getKeysAndNamespaces('unknown')], []);
    });
  });
}

function namesTests(options: StateBackendConformanceOptions): void {
  describe('names', () => {
    it('give the same state when they are declared twice', async () => {
      const backend = await openAt(options, 'a');

      assert.equal(valueState(backend, COUNT), valueState(backend, COUNT));
    });

    it('stand for one kind and one type', async () => {
      const backend = await openAt(options, 'a');
      valueState(backend, COUNT);

      assert.throws(() => listState(backend, { ...NAMES, name: 'count' } as typeof NAMES), {
        code: 'STATE_NAME_CONFLICT',
        message: /'count'/,
      });
      assert.throws(() => valueState(backend, new ValueStateDescriptor('count', Types.STRING)), {
        code: 'STATE_NAME_CONFLICT',
        message: /Long.*String/,
      });
      assert.throws(() => windowed(backend, COUNT), { code: 'STATE_NAME_CONFLICT' });
      assert.throws(() => backend.createTimerQueue('count', WINDOWS), {
        code: 'STATE_NAME_CONFLICT',
      });
      const map = new MapStateDescriptor('count', Types.STRING, Types.LONG);
      assert.throws(() => windowed(backend, map), { code: 'STATE_NAME_CONFLICT' });
    });
  });
}

function namespacesTests(options: StateBackendConformanceOptions): void {
  describe('namespaces', () => {
    it('keep values apart, by equality and not by object', async () => {
      const backend = await openAt(options, 'a');
      const state = windowed<string, AppendingState<Numbers, Numbers>>(backend, REDUCING);

      state.setCurrentNamespace(FIRST);
      state.add([1]);
      state.setCurrentNamespace(LONGER);
      state.add([2]);
      state.setCurrentNamespace(SECOND);
      assert.equal(state.get(), undefined);

      state.setCurrentNamespace(new TimeWindow(0, 10));
      assert.deepEqual(state.get(), [1]);
      state.clear();
      state.setCurrentNamespace(LONGER);
      assert.deepEqual(state.get(), [2]);
      assert.equal(backend.numberOfEntries, 1);
    });

    it('are all cleared with their key, and none of another', async () => {
      const backend = await openAt(options, 'a');
      const count = valueState(backend, COUNT);
      const list = windowed<string, AppendingState<Numbers, Iterable<Numbers>>>(backend, LIST);
      for (const key of ['a', 'b']) {
        backend.setCurrentKey(key);
        count.update(1);
        for (const window of [FIRST, LONGER, SECOND]) {
          list.setCurrentNamespace(window);
          list.add([1]);
        }
      }

      backend.clearCurrentKey();

      assert.equal(count.value(), undefined);
      assert.deepEqual([...list.get()], []);
      assert.deepEqual([...backend.getKeys('list', FIRST)], ['a']);
      assert.equal(backend.numberOfEntries, 4);
    });

    it('merge into the target, for the current key', async () => {
      const backend = await openAt(options, 'a');
      const reducing = windowed<string, AppendingState<Numbers, Numbers>>(backend, REDUCING);
      const aggregating = windowed<string, AppendingState<number, string>>(backend, AGGREGATING);
      const list = windowed<string, AppendingState<Numbers, Iterable<Numbers>>>(backend, LIST);
      for (const key of ['a', 'b']) {
        backend.setCurrentKey(key);
        for (const [index, window] of [FIRST, SECOND, LONGER].entries()) {
          for (const state of [reducing, aggregating, list]) {
            state.setCurrentNamespace(window);
          }
          reducing.add([index]);
          aggregating.add(index);
          list.add([index]);
        }
      }

      for (const state of [reducing, aggregating, list]) {
        state.mergeNamespaces(LONGER, [FIRST, SECOND]);
      }

      for (const state of [reducing, aggregating, list]) {
        state.setCurrentNamespace(LONGER);
      }
      assert.deepEqual(reducing.get().toSorted(), [0, 1, 2]);
      assert.deepEqual(aggregating.get().split(' ').toSorted(), ['0', '1', '2']);
      assert.deepEqual([...list.get()].flat().toSorted(), [0, 1, 2]);
      assert.deepEqual([...backend.getKeys('list', FIRST)], ['a']);
      assert.equal(backend.numberOfEntries, 3 + 9);
    });

    it('merge into a target that is among the sources, and lose nothing', async () => {
      const backend = await openAt(options, 'a');
      const state = windowed<string, AppendingState<Numbers, Numbers>>(backend, REDUCING);
      for (const [index, window] of [FIRST, SECOND].entries()) {
        state.setCurrentNamespace(window);
        state.add([index]);
      }

      state.mergeNamespaces(FIRST, [FIRST, SECOND]);

      state.setCurrentNamespace(FIRST);
      assert.deepEqual(state.get().toSorted(), [0, 1]);
      assert.equal(backend.numberOfEntries, 1);
    });

    it('merge into a target that had nothing', async () => {
      const backend = await openAt(options, 'a');
      const state = windowed<string, AppendingState<Numbers, Numbers>>(backend, REDUCING);
      state.setCurrentNamespace(FIRST);
      state.add([1]);

      state.mergeNamespaces(LONGER, [FIRST, SECOND]);

      state.setCurrentNamespace(LONGER);
      assert.deepEqual(state.get(), [1]);
      assert.equal(backend.numberOfEntries, 1);
    });
  });
}

async function openAt(
  options: StateBackendConformanceOptions,
  key: string,
): Promise<KeyedStateBackend<string>> {
  const backend = await new BackendFixture(options).open(Types.STRING);
  backend.setCurrentKey(key);
  return backend;
}
