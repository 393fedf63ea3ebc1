/** What becomes of state whose type evolved. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AggregatingStateDescriptor,
  type ConfigError,
  ListStateDescriptor,
  MapStateDescriptor,
  ReducingStateDescriptor,
  type TypeInformation,
  Types,
  ValueStateDescriptor,
} from '@millrace/core';
import type { KeyedStateBackend } from '../backend/keyed-state-backend.ts';
import { BackendFixture, type StateBackendConformanceOptions } from './backend-fixture.ts';
import {
  aggregatingState,
  listState,
  mapState,
  reducingState,
  valueState,
} from './conformance-types.ts';
import { NO_BACKGROUND, openAt, TTL_MS, withTtl } from './ttl-fixture.ts';

type Item = Readonly<Record<string, unknown>>;

function item(fields: Readonly<Record<string, TypeInformation<never>>>): TypeInformation<Item> {
  return Types.POJO('com.acme.Item', fields as never);
}

const { INT, LONG, STRING } = Types;
const ONE = item({ id: INT, gone: STRING } as never);
const TWO = item({ id: INT, added: LONG } as never);
const before = (id: number): Item => ({ id, gone: `g${id}` });
const after = (id: number): Item => ({ id, added: 0 });

/** One state of each kind, all of one type. */
function statesOf(backend: KeyedStateBackend<string>, type: TypeInformation<Item>) {
  const collect = {
    createAccumulator: (): Item[] => [],
    add: (value: Item, all: Item[]): Item[] => [...all, value],
    getResult: (all: Item[]): string => JSON.stringify(all),
    merge: (a: Item[], b: Item[]): Item[] => [...a, ...b],
  };
  return {
    value: valueState(backend, new ValueStateDescriptor('value', type)),
    list: listState(backend, new ListStateDescriptor('list', type)),
    map: mapState(backend, new MapStateDescriptor('map', STRING, type)),
    reducing: reducingState(
      backend,
      new ReducingStateDescriptor('reducing', (_a: Item, b: Item) => b, type),
    ),
    aggregating: aggregatingState(
      backend,
      new AggregatingStateDescriptor('aggregating', collect, Types.LIST(type)),
    ),
  };
}

async function filled(fixture: BackendFixture): Promise<KeyedStateBackend<string>> {
  const backend = await fixture.open(STRING);
  const states = statesOf(backend, ONE);
  for (const [id, key] of ['a', 'b'].entries()) {
    backend.setCurrentKey(key);
    states.value.update(before(id));
    states.list.update([before(id), before(id + 1)]);
    states.map.put('k', before(id));
    states.map.put('null', null as never);
    states.reducing.add(before(id));
    states.aggregating.add(before(id));
  }
  return backend;
}

function assertHolds(
  backend: KeyedStateBackend<string>,
  type: TypeInformation<Item>,
  expected: (id: number) => Item,
): void {
  const states = statesOf(backend, type);
  for (const [id, key] of ['a', 'b'].entries()) {
    backend.setCurrentKey(key);
    assert.deepEqual(states.value.value(), expected(id));
    assert.deepEqual([...states.list.get()], [expected(id), expected(id + 1)]);
    assert.deepEqual(states.map.get('k'), expected(id));
    assert.equal(states.map.contains('null'), true);
    assert.deepEqual(states.reducing.get(), expected(id));
    assert.deepEqual(JSON.parse(states.aggregating.get() as string), [{ ...expected(id) }]);
  }
}

export function migrationTests(options: StateBackendConformanceOptions): void {
  const skip = options.lacks?.migration ?? false;
  describe('state whose type evolved', { skip }, () => {
    it('is seen in the shape of the new type, for every kind', async () => {
      const fixture = new BackendFixture(options);

      const restored = await fixture.reopen(await filled(fixture), STRING);

      assertHolds(restored, TWO, after);
    });

    it('is written in the new type by the next snapshot', async () => {
      const fixture = new BackendFixture(options);
      const migrated = await fixture.reopen(await filled(fixture), STRING);
      statesOf(migrated, TWO);

      const again = await fixture.reopen(migrated, STRING);

      assertHolds(again, ONE, (id) => ({ id, gone: null })); // what was removed is gone for good
    });

    it('is written in the old type by a snapshot that began before it was declared', async () => {
      const fixture = new BackendFixture(options);
      const restored = await fixture.reopen(await filled(fixture), STRING);
      const snapshot = restored.snapshot(fixture.nextCheckpointId(), fixture.streams);

      assertHolds(restored, TWO, after);
      const old = await fixture.open(STRING, { handles: [await snapshot.write()] });

      assertHolds(old, ONE, before);
      assertHolds(restored, TWO, after);
    });

    it('is kept in the old type while the program does not declare it', async () => {
      const fixture = new BackendFixture(options);
      const undeclared = await fixture.reopen(await filled(fixture), STRING);

      const restored = await fixture.reopen(undeclared, STRING);

      assertHolds(restored, TWO, after);
    });
  });
  furtherMigrationTests(options);
  mismatchTests(options);
}

function furtherMigrationTests(options: StateBackendConformanceOptions): void {
  const skip = options.lacks?.migration ?? false;
  describe('state whose type evolved', { skip }, () => {
    it('keeps its time to live', async () => {
      const { fixture, state, time } = await openAt(options);
      const declare = (backend: KeyedStateBackend<string>, type: TypeInformation<Item>) => ({
        value: valueState(backend, withTtl(new ValueStateDescriptor('value', type), NO_BACKGROUND)),
        list: listState(backend, withTtl(new ListStateDescriptor('list', type), NO_BACKGROUND)),
      });
      const states = declare(state, ONE);
      states.value.update(before(1));
      states.list.add(before(2));
      time.now = TTL_MS - 1;
      states.list.add(before(3));

      const restored = await openAt(options, fixture, [await fixture.snapshot(state)]);
      const evolved = declare(restored.state, TWO);

      assert.deepEqual(evolved.value.value(), after(1));
      assert.deepEqual([...evolved.list.get()], [after(2), after(3)]);
      restored.time.now = TTL_MS;
      assert.equal(evolved.value.value() ?? null, null);
      assert.deepEqual([...evolved.list.get()], [after(3)]);
    });

    it('is one map entry where two user keys become equal', {
      skip: options.lacks?.['user-key-migration'] ?? false,
    }, async () => {
      const fixture = new BackendFixture(options);
      const first = await fixture.open(STRING);
      const declare = (backend: KeyedStateBackend<string>, type: TypeInformation<Item>) => {
        backend.setCurrentKey('a');
        return mapState(backend, new MapStateDescriptor('by-item', type, LONG));
      };
      const map = declare(first, ONE);
      map.put({ id: 1, gone: 'x' }, 10);
      map.put({ id: 1, gone: 'y' }, 20);
      map.put({ id: 2, gone: 'x' }, 30);

      const restored = declare(await fixture.reopen(first, STRING), TWO);

      const values = [...restored.entries()];
      assert.deepEqual(values.map(([key]) => key.id).sort(), [1, 2]);
      assert.equal(restored.get(after(2)), 30);
    });
  });
}

function mismatchTests(options: StateBackendConformanceOptions): void {
  const wrong = item({ id: LONG } as never);

  describe('states that do not fit', () => {
    it('are each reported, and begin empty', async () => {
      const fixture = new BackendFixture(options);
      const mismatches: ConfigError[] = [];
      const reportMismatch = (mismatch: ConfigError): number => mismatches.push(mismatch);
      const handles = [await fixture.snapshot(await filled(fixture))];

      const restored = await fixture.open(STRING, { handles, reportMismatch });

      const states = statesOf(restored, wrong);
      restored.setCurrentKey('a');
      assert.equal(states.value.value() ?? null, null);
      assert.deepEqual([...states.list.get()], []);
      const names = mismatches.map(({ message }) => /state '(\w+)'/.exec(message)?.[1]);
      assert.deepEqual(names.sort(), ['aggregating', 'list', 'map', 'reducing', 'value']);
      assert.ok(mismatches.every(({ code }) => code === 'STATE_INCOMPATIBLE'));
      assert.match(
        String(mismatches[0]?.message),
        /POJO com\.acme\.Item, field id: Int in the snapshot, Long in the program/,
      );
    });

    it('are reported beside a key that does not fit', async () => {
      const fixture = new BackendFixture(options);
      const mismatches: string[] = [];
      const handles = [await fixture.snapshot(await filled(fixture))];

      const restored = await fixture.open(LONG, {
        handles,
        reportMismatch: ({ message }) => mismatches.push(message),
      });
      restored.getOrCreateKeyedState(
        Types.VOID_NAMESPACE,
        new ValueStateDescriptor('value', wrong),
      );

      assert.equal(mismatches.length, 2);
      assert.match(mismatches[0] as string, /^the key of operator 'counter': String .*Long/);
      assert.match(mismatches[1] as string, /^state 'value' of operator 'counter': POJO/);
    });
  });
}
