import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import {
  type Collector,
  FileSystems,
  keyGroupForKeyHash,
  MapStateDescriptor,
  operatorIndexForKeyGroup,
  Types,
  type ValueState,
  ValueStateDescriptor,
} from '@millrace/core';
import {
  type CheckpointMetadata,
  loadCheckpointMetadata,
  type OperatorState,
  savepointLocationAt,
} from '@millrace/state';
import { KeyedStateReaderFunction } from '../read/keyed-state-reader-function.ts';
import { OperatorIdentifier } from '../read/operator-identifier.ts';
import { SavepointReader } from '../read/savepoint-reader.ts';
import { KeyedStateBootstrapFunction } from './bootstrap-functions.ts';
import { convert } from './convert-savepoint.ts';
import { edit } from './edit-savepoint.ts';
import { OperatorTransformation } from './operator-transformation.ts';
import { SavepointWriter } from './savepoint-writer.ts';
import type { SnapshotEdit } from './snapshot-edit.ts';
import { all, PutRules, RULES, temporaryFolder } from './written-savepoint-fixture.ts';

const folder = temporaryFolder();
let count = 0;
const newFolder = (): string => join(folder, String(count++));

const MAPS = OperatorIdentifier.forUid('maps');
const MAP = new MapStateDescriptor('m', Types.STRING, Types.LONG);

class PutMap extends KeyedStateBootstrapFunction<string, string> {
  override processElement(userKey: string): void {
    this.runtimeContext.getMapState(MAP).put(userKey, 0);
  }
}

class ReadMap extends KeyedStateReaderFunction<string, readonly [string, number]> {
  override open(): void {
    this.runtimeContext.getMapState(MAP);
  }

  override readKey(
    key: string,
    _context: unknown,
    out: Collector<readonly [string, number]>,
  ): void {
    for (const entry of this.runtimeContext.getMapState(MAP).entries()) {
      if (key === 'k') {
        out.collect([...entry]);
      }
    }
  }
}

/** Of key `k` a map with `old` and `x`, and another key's. */
async function original(): Promise<string> {
  const { path } = await SavepointWriter.newSavepoint({ maxParallelism: 128 })
    .withOperator(
      MAPS,
      OperatorTransformation.bootstrapWith(['old', 'x', 'z'])
        .keyBy((userKey) => (userKey === 'z' ? 'other' : 'k'), Types.STRING)
        .transform(new PutMap()),
    )
    .withOperator(
      RULES,
      OperatorTransformation.bootstrapWith([['a', 1] as const]).transform(new PutRules()),
    )
    .write(newFolder());
  return path;
}

async function mapOf(path: string): Promise<object> {
  const reader = await SavepointReader.read(path);
  return Object.fromEntries(await all(reader.readKeyedState(MAPS, new ReadMap())));
}

const m = { operator: MAPS, state: 'm', key: 'k' } as const;

describe('of several edits of one state', () => {
  const cases: [string, SnapshotEdit[], object, number[][]][] = [
    [
      'a whole map replaces the whole map before it',
      [
        { kind: 'set', ...m, value: { a: 1, b: 2 } },
        { kind: 'set', ...m, value: { c: 3 } },
      ],
      { c: 3 },
      [
        [0, 0, 0],
        [1, 0, 2],
      ],
    ],
    [
      'a whole map replaces the entry before it',
      [
        { kind: 'set', ...m, userKey: 'x', value: 1 },
        { kind: 'set', ...m, value: { c: 3 } },
      ],
      { c: 3 },
      [
        [0, 0, 0],
        [1, 0, 2],
      ],
    ],
    [
      'a whole map counts what the deletions before it would have',
      [
        { kind: 'delete', ...m, userKey: 'x' },
        { kind: 'delete', ...m },
        { kind: 'set', ...m, value: { c: 3 } },
      ],
      { c: 3 },
      [
        [0, 0, 0],
        [0, 0, 0],
        [1, 0, 2],
      ],
    ],
    [
      'an entry is put into the whole map before it',
      [
        { kind: 'set', ...m, value: { c: 3 } },
        { kind: 'set', ...m, userKey: 'x', value: 4 },
      ],
      { c: 3, x: 4 },
      [
        [1, 0, 1],
        [0, 1, 0],
      ],
    ],
    [
      'deleting the map counts what was there, and nothing of what was put before',
      [
        { kind: 'set', ...m, userKey: 'new', value: 1 },
        { kind: 'delete', ...m, userKey: 'x' },
        { kind: 'delete', ...m },
      ],
      {},
      [
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 2],
      ],
    ],
  ];
  for (const [title, edits, expected, counts] of cases) {
    it(title, async () => {
      const { path, results } = await edit(await original(), newFolder(), edits);

      assert.deepEqual(await mapOf(path), expected);
      assert.deepEqual(
        results.map(({ added, replaced, removed }) => [added, replaced, removed]),
        counts,
      );
    });
  }

  it('the last of one entry of broadcast state counts', async () => {
    const rule = { operator: RULES, state: 'rule' };
    const { path, results } = await edit(await original(), newFolder(), [
      { kind: 'set', ...rule, key: 'b', value: 2 },
      { kind: 'set', ...rule, key: 'b', value: 3 },
      { kind: 'set', ...rule, key: 'c', value: 4 },
      { kind: 'delete', ...rule, key: 'c' },
      { kind: 'delete', ...rule, key: 'a' },
      { kind: 'set', ...rule, key: 'a', value: 5 },
    ]);

    const reader = await SavepointReader.read(path);
    assert.deepEqual(await all(reader.readBroadcastState(RULES, 'rule')), [
      ['a', 5],
      ['b', 3],
    ]);
    assert.deepEqual(
      results.map(({ added, replaced, removed }) => [added, replaced, removed]),
      [
        [0, 0, 0],
        [1, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
        [0, 1, 0],
      ],
    );
  });

  it('nothing counts as put that is deleted with its state or dropped with its operator', async () => {
    const set: SnapshotEdit = { kind: 'set', ...m, value: { c: 3 } };
    const before = await original();

    const deleted = await edit(before, newFolder(), [
      set,
      { kind: 'delete-state', operator: MAPS, state: 'm' },
    ]);
    const dropped = await edit(before, newFolder(), [
      set,
      { kind: 'drop-operator', operator: MAPS },
    ]);

    for (const { results } of [deleted, dropped]) {
      assert.deepEqual(
        results.map(({ added, replaced, removed }) => [added, replaced, removed]),
        [
          [0, 0, 0],
          [0, 0, 1],
        ],
      );
    }
  });

  it('none may come after the state was deleted or the operator dropped', async () => {
    const before = await original();
    const rule = { operator: RULES, state: 'rule', key: 'a' };
    const refused: [SnapshotEdit, SnapshotEdit, string][] = [
      [
        { kind: 'delete-state', operator: MAPS, state: 'm' },
        { kind: 'set', ...m, value: {} },
        'STATE_NOT_IN_SNAPSHOT',
      ],
      [
        { kind: 'delete-state', operator: RULES, state: 'rule' },
        { kind: 'set', ...rule, value: 2 },
        'STATE_NOT_IN_SNAPSHOT',
      ],
      [
        { kind: 'drop-operator', operator: RULES },
        { kind: 'delete', ...rule },
        'OPERATOR_NOT_IN_SNAPSHOT',
      ],
    ];
    for (const [first, second, code] of refused) {
      const target = newFolder();
      await assert.rejects(edit(before, target, [first, second]), {
        code,
        message: /an earlier edit/,
      });
      assert.equal(existsSync(target), false);
    }
  });
});

type Colour = 'red' | 'green';
const COLOURS = OperatorIdentifier.forUid('colours');
const PLACE = { parallelism: 2, maxParallelism: 128 };
const subtaskOf = (key: number): number =>
  operatorIndexForKeyGroup(
    keyGroupForKeyHash(Types.INT.createSerializer().hashCode(key), PLACE.maxParallelism),
    PLACE,
  );
const KEYS = Array.from({ length: 40 }, (_, i) => i);
const colourState = (names: readonly Colour[]) =>
  new ValueStateDescriptor('colour', Types.ENUM<Colour>('com.acme.Colour', names));
const SEEN = new ValueStateDescriptor('seen', Types.LONG);

class PutColour extends KeyedStateBootstrapFunction<number, number> {
  private readonly names: readonly Colour[];
  private readonly seesSubtask: number;
  private colour!: ValueState<Colour>;

  constructor(names: readonly Colour[], seesSubtask = -1) {
    super();
    this.names = names;
    this.seesSubtask = seesSubtask;
  }

  override open(): void {
    this.colour = this.runtimeContext.getState(colourState(this.names));
  }

  override processElement(key: number): void {
    this.colour.update(key % 2 === 0 ? 'red' : 'green');
    if (subtaskOf(key) === this.seesSubtask) {
      this.runtimeContext.getState(SEEN).update(key);
    }
  }
}

/** The two subtasks know the colours in another order, as programs of two versions do. */
async function differingSubtasks(): Promise<string> {
  const fileSystems = new FileSystems();
  const written = async (names: readonly Colour[], keys: readonly number[]) => {
    const { path } = await SavepointWriter.newSavepoint(PLACE)
      .withOperator(
        COLOURS,
        OperatorTransformation.bootstrapWith(keys)
          .keyBy((key) => key, Types.INT)
          .transform(new PutColour(names, 1)),
      )
      .write(newFolder(), PLACE);
    return (await loadCheckpointMetadata(fileSystems, path)).metadata;
  };
  const first = await written(
    ['red', 'green'],
    KEYS.filter((key) => subtaskOf(key) === 0),
  );
  const second = await written(
    ['green', 'red'],
    KEYS.filter((key) => subtaskOf(key) === 1),
  );
  const [a] = first.operatorStates as [OperatorState];
  const [b] = second.operatorStates as [OperatorState];
  const subtaskStates = new Map([
    [0, a.subtaskStates.get(0)!],
    [1, b.subtaskStates.get(1)!],
  ]);
  const metadata: CheckpointMetadata = {
    ...first,
    operatorStates: [{ ...a, subtaskStates }],
  };
  const directory = newFolder();
  const location = await savepointLocationAt(directory, {
    fileSystem: fileSystems.getFileSystem(directory),
    keyedStateFormat: 'canonical',
    inlineThresholdBytes: 0,
    writeBufferSizeBytes: 4096,
  });
  await location.writeMetadata(metadata);
  return directory;
}

async function stateOfSubtask(
  path: string,
  state: ValueStateDescriptor<never>,
  subtask: number,
): Promise<Map<number, unknown>> {
  class Read extends KeyedStateReaderFunction<number, readonly [number, unknown]> {
    override open(): void {
      this.runtimeContext.getState(state);
    }

    override readKey(
      key: number,
      _context: unknown,
      out: Collector<readonly [number, unknown]>,
    ): void {
      out.collect([key, this.runtimeContext.getState(state).value()]);
    }
  }
  const { metadata } = await loadCheckpointMetadata(new FileSystems(), path);
  const [operator] = metadata.operatorStates as [OperatorState];
  const only = new Map([[subtask, operator.subtaskStates.get(subtask)!]]);
  const directory = newFolder();
  const location = await savepointLocationAt(directory, {
    fileSystem: new FileSystems().getFileSystem(directory),
    keyedStateFormat: 'canonical',
    inlineThresholdBytes: 0,
    writeBufferSizeBytes: 4096,
  });
  await location.writeMetadata({
    ...metadata,
    operatorStates: [{ ...operator, subtaskStates: only }],
  });
  const reader = await SavepointReader.read(directory);
  return new Map(await all(reader.readKeyedState(COLOURS, new Read())));
}

describe('a snapshot whose subtasks wrote a state with types that differ', () => {
  const [first, second] = [0, 1].map((subtask) => {
    const keys = KEYS.filter((key) => subtaskOf(key) === subtask);
    return {
      keys,
      key: keys[0]!,
      added:
        1000 +
        Array.from({ length: 999 }, (_, i) => i).find((i) => subtaskOf(1000 + i) === subtask)!,
    };
  }) as [
    { keys: number[]; key: number; added: number },
    { keys: number[]; key: number; added: number },
  ];
  const set = (key: number, value: Colour): SnapshotEdit => ({
    kind: 'set',
    operator: COLOURS,
    state: 'colour',
    key,
    value,
  });

  it('is edited file by file, each value as the types of its file write it', async () => {
    const edits = [first, second].flatMap(({ key, added }) => [
      set(key, key % 2 === 0 ? 'green' : 'red'),
      set(added, 'red'),
    ]);

    const { path, results } = await edit(await differingSubtasks(), newFolder(), edits);

    for (const [subtask, { keys, key, added }] of [first, second].entries()) {
      const names: readonly Colour[] = subtask === 0 ? ['red', 'green'] : ['green', 'red'];
      const expected = new Map<number, unknown>(
        keys.map((each) => [each, (each % 2 === 0) !== (each === key) ? 'red' : 'green']),
      );
      expected.set(added, 'red');
      assert.deepEqual(
        [...(await stateOfSubtask(path, colourState(names) as never, subtask))].sort(),
        [...expected].sort(),
      );
    }
    assert.deepEqual(
      results.map(({ added, replaced, removed }) => [added, replaced, removed]),
      [
        [0, 1, 0],
        [1, 0, 0],
        [0, 1, 0],
        [1, 0, 0],
      ],
    );
  });

  it('declares a state where an edit puts the first entry of it', async () => {
    const { path, results } = await edit(await differingSubtasks(), newFolder(), [
      { kind: 'set', operator: COLOURS, state: 'seen', key: first.key, value: 7 },
    ]);

    const seen = await stateOfSubtask(path, SEEN as never, 0);
    assert.equal(seen.get(first.key), 7);
    assert.equal(results[0]?.added, 1);
  });

  it('cannot be put into one file', async () => {
    await assert.rejects(convert(await differingSubtasks(), newFolder(), { parallelism: 1 }), {
      code: 'STATE_INCOMPATIBLE',
      message: /'colour'.*keep the parallelism/,
    });
  });
});
