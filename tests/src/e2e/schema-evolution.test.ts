/** Programs that resume from a checkpoint of an earlier version of themselves. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { avroType } from '@millrace/avro';
import { type TypeInformation, Types } from 'millrace';
import { type Restored, runVersion, type Seen, type Version } from './evolving-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-evolution-'));
after(() => rmSync(folder, { recursive: true, force: true }));

let runs = 0;

interface Observed {
  readonly seen: Map<unknown, Seen<unknown>>;
  readonly restored: Restored<unknown>[];
  readonly windows: (readonly unknown[])[];
}

type Shape = Pick<Version<unknown>, 'type' | 'make'>;

/** Version 1 stores, version 2 tells what it finds. */
async function resumed(first: Shape, second: Shape, third?: Shape): Promise<Observed> {
  const observed: Observed = { seen: new Map(), restored: [], windows: [] };
  const place = () => join(folder, `run-${runs++}`);
  let from = await runVersion({ ...first, folder: place(), records: 6 });
  if (third !== undefined) {
    from = await runVersion({ ...second, folder: place(), from, records: 3 });
  }
  await runVersion({
    ...(third ?? second),
    folder: place(),
    from,
    records: 3,
    onSeen: (key, seen) => observed.seen.set(key, seen),
    onRestored: (_subtask, restored) => observed.restored.push(restored),
    onWindow: (_key, contents) => observed.windows.push(contents),
  });
  return observed;
}

/** Every kind of state holds what `old` says of the records of version 1. */
function assertEvolved(
  observed: Observed,
  old: (n: number) => unknown,
  now: (n: number) => unknown,
): void {
  assert.equal(observed.seen.size, 3);
  for (const [key, seen] of observed.seen as Map<number, Seen<unknown>>) {
    const [first, last] = [old(key), old(key + 3)];
    assert.deepEqual(seen.value, last);
    assert.deepEqual(seen.list, [first, last]);
    assert.deepEqual(
      new Map(seen.map),
      new Map([
        [`m${key}`, first],
        [`m${key + 3}`, last],
      ]),
    );
    assert.deepEqual(seen.reducing, last);
    assert.deepEqual(seen.aggregating, [first, last]);
  }
  assert.deepEqual(sorted(observed.restored.map(({ list }) => list)), sorted([[old(0)], [old(1)]]));
  for (const { union, broadcast } of observed.restored) {
    assert.deepEqual(sorted(union), sorted([old(0), old(1)]));
    assert.deepEqual(broadcast, [['rule', old(0)]]);
  }
  assert.deepEqual(observed.windows, [[0, 1, 2, 3, 4, 5].map(old).concat([6, 7, 8].map(now))]);
}

/** The subtasks restore in no order. */
function sorted(values: readonly unknown[]): unknown[] {
  return [...values].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function pojo(fields: Record<string, unknown>, options: object = {}): TypeInformation<unknown> {
  return Types.POJO('com.acme.Order', fields as never, options) as TypeInformation<unknown>;
}

const { INT, LONG, STRING, BOOLEAN, LIST } = Types;

describe('a program resumes with state of every kind', () => {
  it('whose POJO got fields: they begin with their defaults', async () => {
    const make = (n: number) => ({ id: n, name: `n${n}`, paid: true, total: n, tags: ['x'] });
    const observed = await resumed(
      { type: pojo({ id: INT, name: STRING }), make: (n) => ({ id: n, name: `n${n}` }) },
      {
        type: pojo(
          { id: INT, name: STRING, paid: BOOLEAN, total: LONG, tags: LIST(STRING) },
          { initialValues: { tags: ['old'] } },
        ),
        make,
      },
    );

    assertEvolved(
      observed,
      (n) => ({ id: n, name: `n${n}`, paid: false, total: 0, tags: ['old'] }),
      make,
    );
  });

  it('whose POJO lost a field: its data is gone', async () => {
    const observed = await resumed(
      { type: pojo({ id: INT, name: STRING }), make: (n) => ({ id: n, name: `n${n}` }) },
      { type: pojo({ id: INT }), make: (n) => ({ id: n }) },
    );

    assertEvolved(
      observed,
      (id) => ({ id }),
      (id) => ({ id }),
    );
  });

  it('whose POJO lost a field and got it again a version later: it begins with the default', async () => {
    const both = {
      type: pojo({ id: INT, size: INT }),
      make: (n: number) => ({ id: n, size: 9 }),
    };
    const observed = await resumed(both, { type: pojo({ id: INT }), make: (id) => ({ id }) }, both);

    const values = [...observed.seen.values()].map(({ list }) => list);
    assert.deepEqual(
      values.sort((a, b) => (a[0] as { id: number }).id - (b[0] as { id: number }).id),
      [0, 1, 2].map((key) => [key, key + 3, key + 6].map((id) => ({ id, size: 0 }))),
    );
  });

  it('whose POJO lists its fields in another order', async () => {
    const make = (n: number) => ({ id: n, name: `n${n}` });
    const observed = await resumed(
      { type: pojo({ id: INT, name: STRING }), make },
      { type: pojo({ name: STRING, id: INT }), make },
    );

    assertEvolved(observed, make, make);
  });

  it('whose enum got constants, at the end and in between', async () => {
    const color = (...constants: string[]) => Types.ENUM('com.acme.Color', constants);
    const make = (n: number) => ['RED', 'GREEN'][n % 2] as string;
    const observed = await resumed(
      { type: color('RED', 'GREEN') as TypeInformation<unknown>, make },
      { type: color('BLUE', 'GREEN', 'RED') as TypeInformation<unknown>, make: () => 'BLUE' },
    );

    assertEvolved(observed, make, () => 'BLUE');
  });

  it('whose Avro schema evolved: a default, a promotion, an alias, a removed field', async () => {
    const schema = (fields: object[]) =>
      avroType({ type: 'record', name: 'Order', namespace: 'com.acme', fields });
    const make = (n: number) => ({ id: n, label: `n${n}`, note: 'new' });
    const observed = await resumed(
      {
        type: schema([
          { name: 'id', type: 'int' },
          { name: 'name', type: 'string' },
          { name: 'gone', type: 'double' },
        ]),
        make: (n) => ({ id: n, name: `n${n}`, gone: 0.5 }),
      },
      {
        type: schema([
          { name: 'id', type: 'long' },
          { name: 'label', type: 'string', aliases: ['name'] },
          { name: 'note', type: ['null', 'string'], default: null },
        ]),
        make,
      },
    );

    assertEvolved(observed, (n) => ({ id: n, label: `n${n}`, note: null }), make);
  });
});

describe('what an evolved program keeps', () => {
  it('is found by yet another version, which was not told of the first', async () => {
    const observed = await resumed(
      { type: pojo({ a: INT }), make: (n) => ({ a: n }) },
      { type: pojo({ a: INT, b: INT }), make: (n) => ({ a: n, b: n }) },
      { type: pojo({ a: INT, b: INT, c: STRING }), make: (n) => ({ a: n, b: n, c: '' }) },
    );

    const lists = [...observed.seen].map(([key, { list }]) => [key, list]);
    assert.deepEqual(
      lists.sort(([a], [b]) => Number(a) - Number(b)),
      [0, 1, 2].map((key) => [
        key,
        [
          { a: key, b: 0, c: null },
          { a: key + 3, b: 0, c: null },
          { a: key + 6, b: key + 6, c: null },
        ],
      ]),
    );
  });
});
