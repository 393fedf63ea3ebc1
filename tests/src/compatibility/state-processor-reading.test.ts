import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  type Collector,
  EventTimeSessionWindows,
  type KeyedStateStore,
  ListStateDescriptor,
  MapStateDescriptor,
  type StateDescriptor,
  StateTtlConfig,
  type TimeWindow,
  TumblingEventTimeWindows,
  type TypeInformation,
  Types,
  ValueStateDescriptor,
} from '@millrace/core';
import {
  type KeyedStateReaderContext,
  KeyedStateReaderFunction,
  OperatorIdentifier,
  SavepointReader,
  type WindowReaderContext,
  WindowReaderFunction,
} from '@millrace/state-processor';

import * as states from '../interop/interop-types.ts';
import { canonical, unordered } from '../interop/same-content.ts';
import { expectedFolder, FIXTURE_REBASE, FIXTURES, readExpected } from './flink-fixtures.ts';
import { toJson } from './snapshot-content.ts';

const READABLE = [
  'hashmap-canonical',
  'rocksdb-canonical',
  'hashmap-native',
  'hashmap-chk',
  'rocksdb-native',
  'rocksdb-incremental-chk',
  'hashmap-canonical-compressed',
  'hashmap-changelog-materialized-chk',
];
const SMALL_SLICES = { sliceBytesMax: 10_000 };

interface KeyContent {
  readonly key: unknown;
  readonly values: Readonly<Record<string, unknown>>;
  readonly eventTimers: readonly number[];
  readonly processingTimers: readonly number[];
}

/** All of the given states, and the timers, as plain values. */
class ReadAll extends KeyedStateReaderFunction<unknown, KeyContent> {
  private readonly descriptors: readonly StateDescriptor[];
  private read!: Record<string, () => unknown>;

  constructor(descriptors: readonly StateDescriptor[]) {
    super();
    this.descriptors = descriptors;
  }

  override open(): void {
    this.read = Object.fromEntries(
      this.descriptors.map((descriptor) => [
        descriptor.name,
        stateReader(this.runtimeContext, descriptor),
      ]),
    );
  }

  readKey(key: unknown, context: KeyedStateReaderContext, out: Collector<KeyContent>): void {
    const values = Object.entries(this.read).map(([name, read]) => [name, toJson(read())]);
    out.collect({
      key: toJson(key),
      values: Object.fromEntries(values.filter(([, value]) => !isAbsent(value))),
      eventTimers: [...context.registeredEventTimeTimers()],
      processingTimers: [...context.registeredProcessingTimeTimers()],
    });
  }
}

function stateReader(store: KeyedStateStore, descriptor: StateDescriptor): () => unknown {
  switch (descriptor.kind) {
    case 'value': {
      const state = store.getState(descriptor);
      return () => state.value();
    }
    case 'list': {
      const state = store.getListState(descriptor);
      return () => [...state.get()];
    }
    case 'map': {
      const state = store.getMapState(descriptor);
      return () => new Map(state.entries());
    }
    case 'reducing': {
      const state = store.getReducingState(descriptor);
      return () => state.get();
    }
    case 'aggregating': {
      const state = store.getAggregatingState(descriptor);
      return () => state.get();
    }
  }
}

function isAbsent(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}

async function all<T>(records: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const record of records) {
    found.push(record);
  }
  return found;
}

function open(fixture: string): Promise<SavepointReader> {
  return SavepointReader.read(join(FIXTURES, expectedFolder(fixture)), {
    ...SMALL_SLICES,
    pathRebase: [FIXTURE_REBASE],
    clock: { now: () => 0, setTimer: () => ({ cancel: () => {} }), yieldTurn: async () => {} },
  });
}

interface Entry {
  readonly key: unknown;
  readonly namespace?: unknown;
  readonly value: unknown;
}

function entriesOf(fixture: string, uid: string, state: string): Entry[] {
  return readExpected(fixture).operators[uid]?.keyedStates?.[state]?.entries as Entry[];
}

/** Maps in any order. */
function pairs(entries: readonly { key: unknown; value: unknown }[], kind: string): string[] {
  const plain = entries.map(({ key, value }) => ({
    key,
    value: kind === 'map' ? unordered(value as unknown[]) : value,
  }));
  return unordered(plain);
}

function assertStates(
  found: readonly KeyContent[],
  fixture: string,
  of: { uid: string; descriptors: readonly StateDescriptor[] },
): void {
  for (const { name, kind } of of.descriptors) {
    const read = found.filter(({ values }) => name in values);
    const entries = read.map(({ key, values }) => ({ key, value: values[name] }));
    const expected = entriesOf(fixture, of.uid, name);
    // Flink's dump shows the accumulator; the state gives the average.
    const wanted =
      kind !== 'aggregating'
        ? expected
        : expected.map(({ key, value }) => {
            const [sum, count] = value as [number, number];
            return { key, value: sum / count };
          });
    assert.deepEqual(pairs(entries, kind), pairs(wanted, kind), `${fixture} ${name}`);
  }
}

function assertTimers(found: readonly KeyContent[], fixture: string, uid: string): void {
  const { event, processing } = readExpected(fixture).operators[uid]!.timers!;
  const read = (of: 'eventTimers' | 'processingTimers') =>
    unordered(found.flatMap((each) => each[of].map((timestamp) => ({ key: each.key, timestamp }))));
  assert.deepEqual(read('eventTimers'), unordered(event), `${fixture} ${uid}`);
  assert.deepEqual(read('processingTimers'), unordered(processing), `${fixture} ${uid}`);
}

const BY_STRING = [
  states.V_LONG,
  states.V_STRING,
  states.V_POJO,
  states.V_TUPLE,
  states.L_LONG,
  states.L_STRING,
  states.M_STRING_LONG,
  states.M_LONG_POJO,
  states.R_LONG,
  states.A_AVG,
  states.V_FIRED,
];

/** Each window with what Flink says of it. */
class ReadWindow<IN> extends WindowReaderFunction<IN, object, unknown, TimeWindow> {
  readWindow(
    key: unknown,
    context: WindowReaderContext<TimeWindow>,
    elements: Iterable<IN>,
    out: Collector<object>,
  ): void {
    out.collect({
      key: toJson(key),
      namespace: toJson(context.window),
      value: [...elements].map(toJson),
      timers: [...context.registeredEventTimeTimers()],
    });
  }
}

const SUM_AND_COUNT_ITSELF = {
  createAccumulator: (): [number, number] => [0, 0],
  add: (_value: unknown, accumulator: [number, number]) => accumulator,
  getResult: (accumulator: [number, number]) => accumulator,
};

describe('the savepoint reader on snapshots of Flink', () => {
  for (const fixture of READABLE) {
    it(`reads every kind of keyed state and the timers of each key of ${fixture}`, async () => {
      const reader = await open(fixture);

      const found = await all(
        reader.readKeyedState(OperatorIdentifier.forUid('by-string'), new ReadAll(BY_STRING), {
          keyType: Types.STRING as TypeInformation<unknown>,
        }),
      );

      assertStates(found, fixture, { uid: 'by-string', descriptors: BY_STRING });
      assertTimers(found, fixture, 'by-string');
    });

    it(`reads keys of any type by what ${fixture} says of them`, async () => {
      const reader = await open(fixture);

      for (const [uid, descriptors] of [
        ['by-long', [states.V_LONG, states.V_AVRO_GENERIC]],
        ['by-tuple', [states.V_LONG, states.M_STRING_LONG]],
        ['by-pojo', [states.V_STRING, states.L_STRING]],
      ] as const) {
        const id = OperatorIdentifier.forUid(uid);
        const found = await all(reader.readKeyedState(id, new ReadAll(descriptors)));

        assertStates(found, fixture, { uid, descriptors });
        assertTimers(found, fixture, uid);
      }
    });

    it(`reads state with a time to live of ${fixture}`, async () => {
      const reader = await open(fixture);
      const descriptors = [
        new ValueStateDescriptor('ttl-v', Types.LONG),
        new ListStateDescriptor('ttl-l', Types.LONG),
        new MapStateDescriptor('ttl-m', Types.STRING, Types.LONG),
      ].map((each) => each.enableTimeToLive(new StateTtlConfig({ timeToLive: '1 h' })));

      const id = OperatorIdentifier.forUid('ttl-op');
      const keyType = Types.STRING as TypeInformation<unknown>;
      const found = await all(reader.readKeyedState(id, new ReadAll(descriptors), { keyType }));

      assertStates(found, fixture, { uid: 'ttl-op', descriptors });
    });

    it(`reads aggregated, listed and merged windows of ${fixture}`, async () => {
      const reader = await open(fixture);
      const tumbling = reader.window(TumblingEventTimeWindows.of('1 s'));
      const sessions = reader.window(EventTimeSessionWindows.withGap('500 ms'));

      const aggregated = await all(
        tumbling.aggregate(OperatorIdentifier.forUid('win-agg'), SUM_AND_COUNT_ITSELF, {
          readerFunction: new ReadWindow<[number, number]>(),
        }),
      );
      const listed = await all(
        tumbling.process(OperatorIdentifier.forUid('win-process'), new ReadWindow<unknown>()),
      );
      const merged = await all(
        sessions.aggregate(OperatorIdentifier.forUid('win-session'), SUM_AND_COUNT_ITSELF, {
          readerFunction: new ReadWindow<[number, number]>(),
        }),
      );

      assertWindows(aggregated, entriesOf(fixture, 'win-agg', 'window-contents'), (value) => [
        value,
      ]);
      assertWindows(listed, entriesOf(fixture, 'win-process', 'window-contents'), (value) => value);
      assertWindows(merged, mergedWindows(fixture), (value) => [value]);
    });

    it(`reads lists, union lists and broadcast maps of ${fixture}`, async () => {
      const reader = await open(fixture);
      const id = OperatorIdentifier.forUid('op-state');
      const { operatorStates } = readExpected(fixture).operators['op-state']!;
      const items = (name: string) => Object.values(operatorStates![name]!.perSubtask).flat();

      const evens = await all(reader.readListState(id, 'even-list', Types.STRING));
      const sums = await all(reader.readUnionState(id, 'union-list'));
      const rules = await all(
        reader.readBroadcastState(OperatorIdentifier.forUid('broadcast-op'), 'rules'),
      );

      assert.deepEqual(unordered(evens), unordered(items('even-list')));
      assert.deepEqual(unordered(sums.map(toJson)), unordered(items('union-list')));
      const broadcast = readExpected(fixture).operators['broadcast-op']!.operatorStates!.rules!;
      assert.equal(
        canonical(Object.fromEntries(rules.map(([key, value]) => [key, toJson(value)]))),
        canonical(broadcast.perSubtask[0]),
      );
    });
  }

  it('says which operators and states there are when it does not find one', async () => {
    const reader = await open('hashmap-canonical');

    await assert.rejects(
      all(reader.readKeyedState(OperatorIdentifier.forUid('no-such'), new ReadAll(BY_STRING))),
      { code: 'OPERATOR_NOT_IN_SNAPSHOT', message: /43c502db369b106061a4c7c72c012f5f/ },
    );
    const misspelt = [new ValueStateDescriptor('v-lang', Types.LONG)];
    await assert.rejects(
      all(reader.readKeyedState(OperatorIdentifier.forUid('by-string'), new ReadAll(misspelt))),
      { code: 'STATE_NOT_IN_SNAPSHOT', message: /'v-lang'.*'v-long'/ },
    );
    await assert.rejects(
      all(reader.readListState(OperatorIdentifier.forUid('op-state'), 'union-list')),
      { code: 'STATE_NOT_IN_SNAPSHOT', message: /union-list \(union list state\)/ },
    );
  });

  it('says why a state cannot be had as another type', async () => {
    const reader = await open('hashmap-canonical');
    const wrong = [new ValueStateDescriptor('v-long', Types.STRING)];

    await assert.rejects(
      all(reader.readKeyedState(OperatorIdentifier.forUid('by-string'), new ReadAll(wrong))),
      { code: 'STATE_INCOMPATIBLE', message: /v-long/ },
    );
  });
});

function assertWindows(
  found: readonly object[],
  expected: readonly Entry[],
  contents: (value: unknown) => unknown,
): void {
  const wanted = expected.map(({ key, namespace, value }) => ({
    key,
    namespace,
    value: contents(value),
    timers: [(namespace as { end: number }).end - 1],
  }));
  assert.deepEqual(unordered(found), unordered(wanted));
}

/** With the windows that they became in place of those that they are kept under. */
function mergedWindows(fixture: string): Entry[] {
  const mapping = new Map<string, unknown>();
  for (const { key, value } of entriesOf(fixture, 'win-session', 'merging-window-set')) {
    for (const [window, kept] of value as [unknown, unknown][]) {
      mapping.set(canonical([key, kept]), window);
    }
  }
  return entriesOf(fixture, 'win-session', 'window-contents').map((entry) => ({
    ...entry,
    namespace: mapping.get(canonical([entry.key, entry.namespace])),
  }));
}
