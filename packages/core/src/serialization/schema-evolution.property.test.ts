import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  DataInputView,
  DataOutputView,
  readVersionedSnapshot,
  type TypeInformation,
  Types,
  valueConversion,
  writeVersionedSnapshot,
} from '../index.ts';
import { frame } from './linked-optional-map.ts';

type Fields = Readonly<Record<string, { readonly type: string; readonly fields: Fields }>>;

const DEFAULTS: Readonly<Record<string, unknown>> = { int: 0, text: null, flag: false, list: null };

/** Of one field name the type is always the same, as the rules want it; nested POJOs evolve too. */
const TYPE_OF: Readonly<Record<string, string>> = {
  a: 'int',
  b: 'text',
  c: 'flag',
  d: 'list',
  e: 'pojo',
  f: 'pojos',
  g: 'int',
};

function version(depth: number): fc.Arbitrary<Fields> {
  const names = Object.keys(TYPE_OF).filter((name) => depth > 0 || !TYPE_OF[name]?.startsWith('p'));
  const nested = depth > 0 ? version(depth - 1) : fc.constant<Fields>({});
  return fc
    .subarray(names, { minLength: 1 })
    .chain((chosen) =>
      fc
        .tuple(...chosen.map(() => nested))
        .map((inner) =>
          Object.fromEntries(
            chosen.map((name, i) => [name, { type: TYPE_OF[name]!, fields: inner[i] as Fields }]),
          ),
        ),
    );
}

function typeOf(fields: Fields, className: string): TypeInformation<unknown> {
  const types = Object.entries(fields).map(([name, field]) => {
    const inner = () => typeOf(field.fields, `${className}.${name}`);
    const type = {
      int: () => Types.INT,
      text: () => Types.STRING,
      flag: () => Types.BOOLEAN,
      list: () => Types.LIST(Types.STRING),
      pojo: inner,
      pojos: () => Types.LIST(inner()),
    }[field.type]!();
    return [name, type];
  });
  return Types.POJO(className, Object.fromEntries(types)) as TypeInformation<unknown>;
}

/** A value of a version, with numbers that tell where they came from. */
function valueOfVersion(fields: Fields, random: () => number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      const make = {
        int: () => random(),
        text: () => (random() % 4 === 0 ? null : `t${random()}`),
        flag: () => random() % 2 === 0,
        list: () => [`l${random()}`],
        pojo: () => valueOfVersion(field.fields, random),
        pojos: () => [valueOfVersion(field.fields, random), valueOfVersion(field.fields, random)],
      }[field.type]!;
      return [name, make()];
    }),
  );
}

/** The specification: surviving fields stay, added ones get Java's default. */
function expected(value: unknown, before: Fields, after: Fields): unknown {
  if (value === null) {
    return null;
  }
  const object = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(after).map(([name, { type, fields }]) => {
      const old = before[name];
      if (old === undefined) {
        return [name, DEFAULTS[type] ?? null];
      }
      const part = object[name];
      if (type === 'pojo') {
        return [name, expected(part, old.fields, fields)];
      }
      return [
        name,
        type === 'pojos' && part !== null
          ? (part as unknown[]).map((each) => expected(each, old.fields, fields))
          : part,
      ];
    }),
  );
}

/** Stores with one version and restores with the next. */
function evolve(value: unknown, before: Fields, after: Fields): unknown {
  const old = typeOf(before, 'a.P').createSerializer();
  const stored = frame((target) => writeVersionedSnapshot(target, old.snapshotConfiguration()));
  const snapshot = readVersionedSnapshot(new DataInputView(stored));
  const target = new DataOutputView();
  old.serialize(value, target);
  const read = snapshot.restoreSerializer().deserialize(new DataInputView(target.bytes()));
  const now = typeOf(after, 'a.P').createSerializer().snapshotConfiguration();
  assert.notEqual(now.resolveSchemaCompatibility(snapshot).kind, 'incompatible');
  const convert = valueConversion(snapshot, now);
  return convert === undefined ? read : convert(read);
}

describe('any sequence of versions of a POJO', () => {
  it('keeps the values of the fields that survive each step, and gives new ones the default', () => {
    fc.assert(
      fc.property(
        fc.array(version(2), { minLength: 2, maxLength: 5 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        (versions, seed) => {
          let last = seed;
          const random = () => {
            last = (Math.imul(last, 1_103_515_245) + 12_345) & 0x7fffffff;
            return last;
          };
          let value: unknown = valueOfVersion(versions[0] as Fields, random);
          for (let i = 1; i < versions.length; i++) {
            const [before, after] = [versions[i - 1] as Fields, versions[i] as Fields];
            const seen = evolve(value, before, after);
            assert.deepEqual(seen, expected(value, before, after));
            value = seen;
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});
