import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DataInputView,
  ListStateDescriptor,
  MapStateDescriptor,
  type TypeSerializer,
  Types,
} from '@millrace/core';
import fc from 'fast-check';
import { readOperatorBackendHeader } from '../formats/operator-backend-state.ts';
import { rowKey, rowValue } from '../rows/keyed-state-rows.ts';
import { batchesOfPage, type RowPage, rowsInPage } from '../rows/row-page.ts';
import { DefaultOperatorStateBackend } from './default-operator-state-backend.ts';
import type { ViewPlace, ViewRequest } from './keyed-state-view.ts';
import type { OperatorStateView } from './operator-state-view.ts';
import { throwStateMismatch } from './serializer-verdict.ts';

const SPLITS = new ListStateDescriptor('splits', Types.LIST(Types.LONG));
const SEEN = new ListStateDescriptor('seen', Types.STRING);
const RULES = new MapStateDescriptor('rules', Types.STRING, Types.LIST(Types.LONG));
const ALL = ['splits', 'seen', 'rules'];
const NO_LIMITS: ViewRequest = { maxRows: 1000, maxBytes: 1 << 20, isOver: () => false };

function open(): DefaultOperatorStateBackend {
  return new DefaultOperatorStateBackend(
    { operatorName: 'reader', operatorUid: undefined },
    throwStateMismatch,
  );
}

function decode(serializer: TypeSerializer<unknown>, bytes: Uint8Array): unknown {
  return serializer.deserialize(new DataInputView(bytes));
}

/** Rows as `state: value`, or `state: key = value`, by the types that the header tells. */
function shown({ described }: OperatorStateView, rows: RowPage): string[] {
  const { operatorStates, broadcastStates } = readOperatorBackendHeader(
    new DataInputView(described.header),
  );
  const states = [...operatorStates, ...broadcastStates];
  return [...batchesOfPage(rows)].flatMap((batch) =>
    batch.rows.map((row) => {
      const { name, serializers } = states[row.stateId]!;
      const value = serializers.get('VALUE_SERIALIZER')!.restoreSerializer();
      const key = serializers.get('KEY_SERIALIZER')?.restoreSerializer();
      const of = key === undefined ? '' : `${decode(key, rowKey(batch, row))} = `;
      return `${name}: ${of}${JSON.stringify(decode(value, rowValue(batch, row)))}`;
    }),
  );
}

function contentsOf(backend: DefaultOperatorStateBackend): string[] {
  return [
    ...Array.from(backend.getListState(SPLITS).get(), (item) => `splits: ${JSON.stringify(item)}`),
    ...Array.from(backend.getUnionListState(SEEN).get(), (item) => `seen: ${JSON.stringify(item)}`),
    ...Array.from(
      backend.getBroadcastState(RULES).entries(),
      ([key, value]) => `rules: ${key} = ${JSON.stringify(value)}`,
    ),
  ];
}

function change(backend: DefaultOperatorStateBackend, seed: number): void {
  const splits = backend.getListState(SPLITS);
  const rules = backend.getBroadcastState(RULES);
  const key = `k${seed % 7}`;
  switch (seed % 6) {
    case 0:
      splits.add([seed]);
      break;
    case 1:
      backend.getUnionListState(SEEN).add(key);
      break;
    case 2:
      rules.put(key, [seed]);
      break;
    case 3:
      rules.get(key)?.push(seed); // In place.
      [...splits.get()][0]?.push(seed);
      break;
    case 4:
      rules.remove(key);
      break;
    default:
      splits.update([...splits.get()].slice(1));
  }
}

describe('a view of operator state', () => {
  it('shows lists and maps as of its moment, under any changes, in any pages', () => {
    const step = fc.record({ seed: fc.nat(), rows: fc.option(fc.integer({ min: 1, max: 5 })) });
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 60 }), fc.array(step), (before, steps) => {
        const backend = open();
        contentsOf(backend); // Declares them.
        for (const seed of before) {
          change(backend, seed);
        }
        const expected = contentsOf(backend);
        const view = backend.openView(ALL);
        const found: string[] = [];
        let after: ViewPlace | undefined;
        let hasEnded = false;
        const page = (maxRows: number): void => {
          if (!hasEnded) {
            // Places survive a copy, as they cross threads.
            const { rows, next } = view.read({ ...NO_LIMITS, maxRows, after });
            assert.ok(rowsInPage(rows) <= maxRows);
            found.push(...shown(view, rows));
            after = structuredClone(next);
            hasEnded = next === undefined;
          }
        };

        for (const { seed, rows } of steps) {
          if (rows === null) {
            change(backend, seed);
          } else {
            page(rows);
          }
        }
        while (!hasEnded) {
          page(3);
        }

        assert.deepEqual(found, expected);
      }),
    );
  });

  it('is of the states alone that are asked for, and gives those alone that are', () => {
    const backend = open();
    backend.getListState(SPLITS).update([[1], [2]]);
    backend.getUnionListState(SEEN).update(['a', 'b']);
    backend.getBroadcastState(RULES).put('r', [3]);

    const view = backend.openView(['rules', 'none', 'seen']);
    const all = view.read(NO_LIMITS);
    const rules = view.read({ ...NO_LIMITS, stateIds: [1] });

    assert.deepEqual(view.described.states, [
      { name: 'seen', mode: 'union', items: 2 },
      { name: 'rules', mode: 'broadcast', items: 1 },
    ]);
    assert.deepEqual(shown(view, all.rows), ['seen: "a"', 'seen: "b"', 'rules: r = [3]']);
    assert.deepEqual(shown(view, rules.rows), ['rules: r = [3]']);
  });

  it('ends a page when its time is over or it is full, after one row at least', () => {
    const backend = open();
    backend.getUnionListState(SEEN).update(['a', 'b', 'c']);
    const view = backend.openView(['seen']);

    const late = view.read({ ...NO_LIMITS, isOver: () => true });
    const full = view.read({ ...NO_LIMITS, maxBytes: 3 });

    assert.deepEqual(shown(view, late.rows), ['seen: "a"']);
    assert.deepEqual(shown(view, full.rows), ['seen: "a"', 'seen: "b"']);
    const rest = view.read({ ...NO_LIMITS, after: full.next });
    assert.deepEqual([shown(view, rest.rows), rest.next], [['seen: "c"'], undefined]);
  });

  it('names the state whose item is not of its type', () => {
    const backend = open();
    backend.getUnionListState(SEEN).add(5 as never);

    const view = backend.openView(['seen']);

    assert.throws(() => view.read(NO_LIMITS), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message: /^operator state 'seen': /,
    });
  });
});

describe('operator state that runs', () => {
  it('tells its types and numbers, of what the program does not declare too', () => {
    const backend = open();
    backend.getBroadcastState(RULES).put('r', [3]);
    backend.restoreList({
      name: 'left',
      mode: 'union',
      elementSerializer: Types.LONG.createSerializer().snapshotConfiguration(),
      items: [1, 2, 3],
    });

    const { header, states } = backend.describe();

    const { compressed, operatorStates, broadcastStates } = readOperatorBackendHeader(
      new DataInputView(header),
    );
    assert.deepEqual(states, [
      { name: 'left', mode: 'union', items: 3 },
      { name: 'rules', mode: 'broadcast', items: 1 },
    ]);
    assert.equal(compressed, false);
    assert.deepEqual(
      [...operatorStates, ...broadcastStates].map(({ name }) => name),
      ['left', 'rules'],
    );
  });

  it('gives the entry of a key of a broadcast map, null values too, and none where there is none', () => {
    const backend = open();
    const nullable = new MapStateDescriptor('nullable', Types.STRING, Types.NULLABLE(Types.STRING));
    backend.getBroadcastState(nullable).put('k', null);
    const key = (text: string): Uint8Array => Uint8Array.of(text.length + 1, ...Buffer.from(text));

    const found = backend.readBroadcastKey('nullable', key('k'));
    const others = [
      backend.readBroadcastKey('nullable', key('other')),
      backend.readBroadcastKey('none', key('k')),
    ];

    assert.deepEqual(shown(backend.openView(['nullable']), found), ['nullable: k = null']);
    assert.deepEqual(others.map(rowsInPage), [0, 0]);
  });
});
