import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DataOutputView, KeyGroupRange } from '@millrace/core';
import fc from 'fast-check';
import type { HeapTimer } from '../backend/priority-queue.ts';
import { MemoryCheckpointStreams } from '../conformance/memory-checkpoint-streams.ts';
import type { KeyedStateHandle } from '../snapshot/keyed-state-handle.ts';
import { CanonicalRowWriter } from './canonical-row-writer.ts';
import * as log from './changelog-fixture.ts';
import { readKeyGroups } from './key-group-collector.ts';
import { rowKey, rowValue } from './keyed-state-rows.ts';
import { openKeyedState } from './open-keyed-state.ts';

type Operation =
  | { readonly kind: 'set' | 'add' | 'append'; readonly value: number }
  | { readonly kind: 'put'; readonly userKey: string; readonly value: number }
  | { readonly kind: 'remove'; readonly userKey: string }
  | { readonly kind: 'merge'; readonly sources: readonly string[]; readonly value: number }
  | { readonly kind: 'clear' };

interface Step {
  readonly state: log.StateName;
  readonly key: string;
  readonly namespace: string;
  readonly operation: Operation;
}

const NAMESPACES = ['', 'n', 'nn', 'o'];
const USER_KEYS = ['', 'a', 'ab'];
const value = fc.nat(1000);
const step: fc.Arbitrary<Step> = fc.record({
  state: fc.constantFrom<log.StateName>(...(log.STATES.map(({ name }) => name) as log.StateName[])),
  key: fc.constantFrom('', 'k', 'kn', 'l', 'm', 'q'),
  namespace: fc.constantFrom(...NAMESPACES),
  operation: fc.oneof(
    fc.record({ kind: fc.constantFrom('set' as const, 'add' as const, 'append' as const), value }),
    fc.record({ kind: fc.constant('put' as const), userKey: fc.constantFrom(...USER_KEYS), value }),
    fc.record({ kind: fc.constant('remove' as const), userKey: fc.constantFrom(...USER_KEYS) }),
    fc.record({
      kind: fc.constant('merge' as const),
      sources: fc.uniqueArray(fc.constantFrom(...NAMESPACES), { minLength: 1 }),
      value,
    }),
    fc.record({ kind: fc.constant('clear' as const) }),
  ),
});

/** What the states hold: by name, then by key and namespace; timers by their text. */
type Model = Map<log.StateName, Map<string, unknown>>;

/** Does a step to the model, and says what Flink logs of it. */
function apply(model: Model, { state, key, namespace, operation }: Step): log.Change[] {
  const entries = model.get(state) ?? new Map<string, unknown>();
  model.set(state, entries);
  const id = `${key}|${namespace}`;
  const of = { key, namespace };
  switch (state) {
    case 'value':
      return applyToValue(entries, id, of, operation);
    case 'reducing':
      return applyToReducing(entries, id, of, operation);
    case 'list':
      return applyToList(entries, id, of, operation);
    case 'map':
      return applyToMap(entries, id, of, operation);
    default:
      return applyToTimers(entries, of, operation);
  }
}

interface Scope {
  readonly key: string;
  readonly namespace: string;
}

const long = (value: number) => (output: DataOutputView) => log.LONG.serialize(value, output);
const strings = (value: readonly string[]) => (output: DataOutputView) =>
  log.STRINGS.serialize([...value], output);

function applyToValue(
  entries: Map<string, unknown>,
  id: string,
  of: Scope,
  operation: Operation,
): log.Change[] {
  if ('value' in operation && operation.kind !== 'merge') {
    entries.set(id, operation.value);
    return [log.scoped('SET', 'value', of, long(operation.value))];
  }
  entries.delete(id);
  return [log.scoped('CLEAR', 'value', of)];
}

/** Flink does not log what a merge gives, but what is added to it. */
function applyToReducing(
  entries: Map<string, unknown>,
  id: string,
  of: Scope,
  operation: Operation,
): log.Change[] {
  const sum = (ids: readonly string[]): number =>
    ids.reduce((total, each) => total + ((entries.get(each) as number | undefined) ?? 0), 0);
  const set = (total: number): log.Change => {
    entries.set(id, total);
    return log.scoped('SET_INTERNAL', 'reducing', of, long(total));
  };
  if (operation.kind === 'merge') {
    const sources = operation.sources.filter((each) => each !== of.namespace);
    const ids = sources.map((each) => `${of.key}|${each}`);
    const total = sum([id, ...ids]) + operation.value;
    for (const each of ids) {
      entries.delete(each);
    }
    return [log.scoped('MERGE_NS', 'reducing', of, namespaces(of, sources)), set(total)];
  }
  if ('value' in operation) {
    return [set(sum([id]) + operation.value)];
  }
  entries.delete(id);
  return [log.scoped('CLEAR', 'reducing', of)];
}

function namespaces(of: Scope, sources: readonly string[]) {
  return (output: DataOutputView): void => {
    log.STRING.serialize(of.namespace, output);
    output.writeInt(sources.length);
    for (const source of sources) {
      log.STRING.serialize(source, output);
    }
  };
}

function applyToList(
  entries: Map<string, unknown>,
  id: string,
  of: Scope,
  operation: Operation,
): log.Change[] {
  const list = (each: string): string[] => (entries.get(each) as string[] | undefined) ?? [];
  const put = (elements: readonly string[]): void => {
    entries.set(id, elements);
    if (elements.length === 0) {
      entries.delete(id);
    }
  };
  switch (operation.kind) {
    case 'set': {
      const elements = Array.from({ length: operation.value % 4 }, (_, i) => `s,${i}`);
      put(elements);
      return [log.scoped('SET', 'list', of, strings(elements))];
    }
    case 'add': {
      const elements = [`a${operation.value}`, ','];
      put([...list(id), ...elements]);
      return [log.scoped('ADD', 'list', of, strings(elements))];
    }
    case 'append':
    case 'put':
      put([...list(id), `e${operation.value}`]);
      return [
        log.scoped('ADD_ELEMENT', 'list', of, (output) =>
          log.STRING.serialize(`e${operation.value}`, output),
        ),
      ];
    case 'merge': {
      const ids = operation.sources.map((each) => `${of.key}|${each}`).filter((e) => e !== id);
      put([id, ...ids].flatMap(list));
      for (const each of ids) {
        entries.delete(each);
      }
      return [log.scoped('MERGE_NS', 'list', of, namespaces(of, operation.sources))];
    }
    default:
      entries.delete(id);
      return [log.scoped('CLEAR', 'list', of)];
  }
}

function applyToMap(
  entries: Map<string, unknown>,
  id: string,
  of: Scope,
  operation: Operation,
): log.Change[] {
  const map = (entries.get(id) as Map<string, string | null> | undefined) ?? new Map();
  entries.set(id, map);
  switch (operation.kind) {
    case 'put':
      map.set(operation.userKey, `v${operation.value}`);
      return [
        log.scoped('ADD_OR_UPDATE_ELEMENT', 'map', of, (output) => {
          log.STRING.serialize(operation.userKey, output);
          log.STRING.serialize(`v${operation.value}`, output);
        }),
      ];
    case 'add':
    case 'append':
    case 'set': {
      const added = new Map<string, string | null>([
        ['a', null],
        ['x', `v${operation.value}`],
      ]);
      for (const [userKey, each] of added) {
        map.set(userKey, each);
      }
      return [
        log.scoped('ADD', 'map', of, (output) =>
          log.MAP.serialize(added as Map<string, string>, output),
        ),
      ];
    }
    case 'remove':
      map.delete(operation.userKey);
      if (map.size === 0) {
        entries.delete(id);
      }
      return [
        log.scoped('REMOVE_ELEMENT', 'map', of, (output) =>
          log.STRING.serialize(operation.userKey, output),
        ),
      ];
    default:
      entries.delete(id);
      return [log.scoped('CLEAR', 'map', of)];
  }
}

function applyToTimers(
  entries: Map<string, unknown>,
  of: Scope,
  operation: Operation,
): log.Change[] {
  const timer = { timestamp: 'value' in operation ? operation.value % 5 : 0, ...of };
  const id = `${timer.timestamp}|${of.key}|${of.namespace}`;
  const name = '_timer_state/event_t';
  if (operation.kind === 'remove' || operation.kind === 'clear') {
    entries.delete(id);
    return [
      log.change('REMOVE_ELEMENT', name, of.key, (output) => log.TIMERS.serialize(timer, output)),
    ];
  }
  entries.set(id, timer);
  return [
    log.change('ADD_ELEMENT', name, of.key, (output) => {
      output.writeInt(1);
      log.TIMERS.serialize(timer, output);
    }),
  ];
}

const streams = new MemoryCheckpointStreams();
const OPTIONS = {
  numberOfKeyGroups: log.NUMBER_OF_KEY_GROUPS,
  openStateHandle: streams.openStateHandle,
  keySerializer: log.STRING.snapshotConfiguration(),
};

/** What the reader of `handle` gives, as a model. */
async function modelOf(handle: KeyedStateHandle, range?: KeyGroupRange): Promise<Model> {
  const model: Model = new Map();
  const reader = await openKeyedState(handle, OPTIONS);
  const keyGroups = range === undefined ? {} : { keyGroups: range };
  for await (const group of readKeyGroups(reader, { ...OPTIONS, ...keyGroups })) {
    for (const { state, entries, elements, keyGroup } of group.states) {
      const name = state.name as log.StateName;
      const found = model.get(name) ?? new Map<string, unknown>();
      model.set(name, found);
      for (const each of entries) {
        const { key, namespace } = each as unknown as Scope;
        assert.equal(log.keyGroupOf(key), keyGroup);
        assert.ok(!found.has(`${key}|${namespace}`), 'an entry comes once');
        found.set(`${key}|${namespace}`, each.value);
      }
      for (const { timestamp, key, namespace } of elements as HeapTimer<string, string>[]) {
        found.set(`${timestamp}|${key}|${namespace}`, { timestamp, key, namespace });
      }
    }
  }
  await reader.close();
  return model;
}

/** The rows of `handle` as a canonical savepoint. */
async function materialize(handle: KeyedStateHandle): Promise<KeyedStateHandle[]> {
  const reader = await openKeyedState(handle, OPTIONS);
  const writer = new CanonicalRowWriter(streams.createCheckpointStateOutputStream(), {
    header: reader.header,
    keyGroupRange: log.KEY_GROUPS,
    numberOfKeyGroups: log.NUMBER_OF_KEY_GROUPS,
  });
  for await (const batch of reader.rows()) {
    for (const row of batch.rows) {
      writer.put(batch.keyGroup, row.stateId, rowKey(batch, row), rowValue(batch, row));
    }
  }
  await reader.close();
  const materialized = await writer.finish();
  return materialized === undefined ? [] : [materialized];
}

function plain(model: Model): unknown {
  const states = [...model].filter(([, entries]) => entries.size > 0);
  return new Map(states.map(([name, entries]) => [name, new Map([...entries].sort())] as const));
}

describe('the log of a changelog snapshot', () => {
  it('over what was materialized is the state that was logged, wherever it was cut', async () => {
    const cut = fc.integer({ min: 1, max: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.array(cut, { minLength: 1, maxLength: 4 }),
        fc.nat(60),
        fc.constantFrom<log.Storage>('memory', 'plain', 'compressed'),
        async (steps, cuts, materializedAt, storage) => {
          const model: Model = new Map();
          const logged = steps.map((each) => apply(model, each));
          const before = logged.slice(0, materializedAt).flat();
          const after = logged.slice(materializedAt).flat();
          const materialized =
            materializedAt % 3 === 0
              ? []
              : await materialize(
                  log.changelogHandle([log.logHandle([[...log.METADATA, ...before]])]),
                );
          const rest = materialized.length === 0 ? [...before, ...after] : after;
          const sets: log.Change[][] = [[...log.METADATA]];
          for (let at = 0, i = 0; at < rest.length; at += cuts[i++ % cuts.length]!) {
            sets.push(rest.slice(at, at + cuts[i % cuts.length]!));
          }
          const half = Math.ceil(sets.length / 2);
          const handle = log.changelogHandle(
            [sets.slice(0, half), sets.slice(half)].map((part) => log.logHandle(part, storage)),
            materialized,
          );

          assert.deepEqual(plain(await modelOf(handle)), plain(model));
          const [low, high] = [
            await modelOf(handle, new KeyGroupRange(0, 1)),
            await modelOf(handle, new KeyGroupRange(2, 3)),
          ];
          const both: Model = new Map(low);
          for (const [name, entries] of high) {
            both.set(name, new Map([...(low.get(name) ?? []), ...entries]));
          }
          assert.deepEqual(plain(both), plain(model));
        },
      ),
      { numRuns: 100 },
    );
  });
});
