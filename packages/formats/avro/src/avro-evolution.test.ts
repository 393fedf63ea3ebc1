/** The rules of Avro's schema resolution for state, one test each. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DataInputView,
  DataOutputView,
  describePath,
  readVersionedSnapshot,
  type TypeSerializerSnapshot,
  valueConversion,
  writeVersionedSnapshot,
} from '@millrace/core';
import { avroType } from './index.ts';

const GENERIC = 'org.apache.avro.generic.GenericRecord';

function record(fields: readonly object[], rest: object = {}): object {
  return { type: 'record', name: 'Reading', namespace: 'lab', fields, ...rest };
}

function of(type: unknown, rest: object = {}): object {
  return record([{ name: 'f', type, ...rest }]);
}

function stored(schema: object, className: string): TypeSerializerSnapshot<unknown> {
  const target = new DataOutputView();
  const snapshot = avroType(schema, className).createSerializer().snapshotConfiguration();
  writeVersionedSnapshot(target, snapshot);
  return readVersionedSnapshot(new DataInputView(target.copyBytes()));
}

function verdict(
  before: object,
  after: object,
  classes: readonly [string, string] = [GENERIC, GENERIC],
) {
  return avroType(after, classes[1])
    .createSerializer()
    .snapshotConfiguration()
    .resolveSchemaCompatibility(stored(before, classes[0]));
}

/** What the program sees of `value`, which a program with the schema `before` stored. */
function restored(before: object, after: object, value: unknown): unknown {
  assert.equal(verdict(before, after).kind, 'compatible-after-migration');
  const target = new DataOutputView();
  avroType(before).createSerializer().serialize(value, target);
  const old = stored(before, GENERIC);
  const read = old.restoreSerializer().deserialize(new DataInputView(target.bytes()));
  const serializer = avroType(after).createSerializer();
  const convert = valueConversion(old, serializer.snapshotConfiguration());
  const seen = convert === undefined ? read : convert(read);
  const next = new DataOutputView();
  serializer.serialize(seen, next);
  assert.deepEqual(serializer.deserialize(new DataInputView(next.bytes())), seen);
  return seen;
}

function refused(before: object, after: object): string {
  const result = verdict(before, after);
  assert.ok(result.kind === 'incompatible', `is ${result.kind}`);
  return `${describePath(result.path)}: ${result.reason}; ${result.rule}`;
}

describe('Avro state', () => {
  it('takes a field that was added with its default', () => {
    const after = record([
      { name: 'f', type: 'int' },
      { name: 'note', type: ['null', 'string'], default: null },
      { name: 'tags', type: { type: 'array', items: 'string' }, default: ['a'] },
      { name: 'either', type: ['int', 'long'], default: 4 },
    ]);

    assert.deepEqual(restored(of('int'), after, { f: 1 }), {
      f: 1,
      note: null,
      tags: ['a'],
      either: { int: 4 },
    });
  });

  it('drops the data of a field that was removed, whatever its type', () => {
    const before = record([
      { name: 'gone', type: { type: 'map', values: ['null', 'string'] } },
      { name: 'f', type: 'int' },
    ]);

    assert.deepEqual(restored(before, of('int'), { gone: { a: 'x', b: null }, f: 3 }), { f: 3 });
  });

  it('may list its fields in another order', () => {
    const [a, b] = [
      { name: 'a', type: 'int' },
      { name: 'b', type: 'string' },
    ];

    assert.deepEqual(restored(record([a, b]), record([b, a]), { a: 1, b: 'x' }), { a: 1, b: 'x' });
  });

  it('finds a renamed field by its alias', () => {
    const after = record([{ name: 'renamed', type: 'int', aliases: ['f'] }]);

    assert.deepEqual(restored(of('int'), after, { f: 8 }), { renamed: 8 });
  });

  it('promotes types as Avro does', () => {
    const cases: [string, string, unknown, unknown][] = [
      ['int', 'long', 5, 5],
      ['int', 'float', 5, 5],
      ['int', 'double', 5, 5],
      ['long', 'float', 16_777_217, 16_777_216],
      ['long', 'double', 5, 5],
      ['float', 'double', 0.5, 0.5],
      ['string', 'bytes', 'é', Uint8Array.of(0xc3, 0xa9)],
      ['bytes', 'string', Uint8Array.of(0xc3, 0xa9), 'é'],
    ];

    for (const [from, to, before, after] of cases) {
      assert.deepEqual(restored(of(from), of(to), { f: before }), { f: after }, `${from} to ${to}`);
    }
  });

  it('promotes inside arrays, maps, unions and nested records', () => {
    const before = of([
      'null',
      { type: 'array', items: { type: 'map', values: { ...of('int'), name: 'In' } } },
    ]);
    const after = of([
      'null',
      { type: 'array', items: { type: 'map', values: { ...of('long'), name: 'In' } } },
    ]);
    const value = { f: [{ k: { f: 1 } }, {}] };

    assert.deepEqual(restored(before, after, value), value);
    assert.deepEqual(restored(before, after, { f: null }), { f: null });
  });

  it('widens a type to a union, and a union by a branch', () => {
    assert.deepEqual(restored(of('int'), of(['null', 'int']), { f: 1 }), { f: 1 });
    assert.deepEqual(restored(of('int'), of(['null', 'string', 'long']), { f: 1 }), { f: 1 });
    const wider = of(['null', 'int', 'long']); // int and long are both numbers, so they are named
    assert.deepEqual(restored(of(['null', 'int']), wider, { f: 1 }), { f: { int: 1 } });
    assert.deepEqual(restored(of(['int']), of('long'), { f: 1 }), { f: 1 });
  });

  it('reads an enum symbol that was removed as the default', () => {
    const colors = (symbols: string[], rest = {}) =>
      of({ type: 'enum', name: 'E', symbols, ...rest });
    const after = colors(['B', 'C', 'OTHER'], { default: 'OTHER' });

    assert.deepEqual(restored(colors(['A', 'B']), after, { f: 'A' }), { f: 'OTHER' });
    assert.deepEqual(restored(colors(['A', 'B']), after, { f: 'B' }), { f: 'B' });
    assert.deepEqual(restored(colors(['A', 'B']), colors(['B', 'A']), { f: 'A' }), { f: 'A' });
  });

  it('of a type that contains itself evolves at every depth', () => {
    const node = (type: string, rest: object[] = []) => ({
      type: 'record',
      name: 'Node',
      fields: [{ name: 'v', type }, { name: 'next', type: ['null', 'Node'] }, ...rest],
    });
    const after = node('long', [{ name: 'n', type: 'int', default: 9 }]);

    assert.deepEqual(restored(node('int'), after, { v: 1, next: { v: 2, next: null } }), {
      v: 1,
      next: { v: 2, next: null, n: 9 },
      n: 9,
    });
  });

  it('is as it was when only documentation changed', () => {
    assert.equal(verdict(of('int'), { ...of('int'), doc: 'new' }).kind, 'compatible-as-is');
  });

  it('may be read as generic records and as those of a generated class', () => {
    const kinds = [
      verdict(of('int'), of('int'), ['lab.Reading', GENERIC]).kind,
      verdict(of('int'), of('int'), [GENERIC, 'lab.Reading']).kind,
    ];

    assert.deepEqual(kinds, ['compatible-as-is', 'compatible-as-is']);
  });
});

describe('Avro state is refused, with field and rule', () => {
  it('when a field was added without a default', () => {
    const after = record([
      { name: 'f', type: 'int' },
      { name: 'n', type: 'int' },
    ]);

    assert.equal(
      refused(of('int'), after),
      'Avro record lab.Reading, field n: not in the snapshot, without a default in the program; ' +
        'a field that is added to an Avro record needs a default',
    );
  });

  it('when a type changed in another way than by promotion', () => {
    assert.equal(
      refused(of('long'), of('int')),
      'Avro record lab.Reading, field f: long in the snapshot, int in the program; ' +
        "an Avro type changes only by Avro's promotions",
    );
    const items = (type: string) => of({ type: 'array', items: { ...of(type), name: 'Item' } });
    assert.match(
      refused(items('string'), items('int')),
      /^Avro record lab\.Reading, field f\.element\.f: /,
    );
    assert.match(refused(of(['null', 'string']), of('string')), /null in the snapshot, string in/);
  });

  it('when an enum lost a symbol and has no default', () => {
    const symbols = (...all: string[]) => of({ type: 'enum', name: 'E', symbols: all });

    assert.match(
      refused(symbols('A', 'B'), symbols('A')),
      /field f: enum lab\.E has B in the snapshot, not in the program; .* default$/,
    );
  });

  it('when a fixed type has another size', () => {
    const fixed = (size: number) => of({ type: 'fixed', name: 'F', size });

    assert.match(refused(fixed(2), fixed(3)), /2 bytes in the snapshot, 3 in the program/);
  });

  it('when a record or its namespace was renamed, unless the old name is an alias', () => {
    const moved = { ...of('int'), namespace: 'other' };

    assert.match(refused(of('int'), moved), /record lab\.Reading in the snapshot, other\.Reading/);
    assert.equal(
      verdict(of('int'), { ...moved, aliases: ['lab.Reading'] }).kind,
      'compatible-after-migration',
    );
  });

  it('when the generated class was renamed', () => {
    const result = verdict(of('int'), of('int'), ['lab.Reading', 'lab.v2.Reading']);

    assert.deepEqual(result, {
      kind: 'incompatible',
      reason: 'Avro class lab.Reading in the snapshot, lab.v2.Reading in the program',
      rule: 'a generated class cannot be renamed or moved to another namespace',
      remedy: 'keep the name lab.Reading',
    });
  });
});
