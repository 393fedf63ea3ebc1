/**
 * From objects with the fields of a snapshot to objects with the fields of the program.
 *
 * Invariants:
 * - Fields that both have keep their values; a field that the program does not have is gone.
 * - A field that the snapshot does not have gets its initial value, of its own for each object.
 * - An object of a subclass stays one.
 *
 * Flink: PojoSerializer.initializeFields, and a PojoSerializer restored with missing fields.
 */
import { POJO_CLASS } from './pojo-description.ts';

type Convert = ((value: unknown) => unknown) | undefined;

export interface PojoMigration {
  readonly className: string;
  readonly fields: readonly {
    readonly name: string;
    /** `undefined` when the value stays as it is. */
    readonly convert: Convert;
    /** Of a field that is new: its value. */
    readonly initialize: (() => unknown) | undefined;
  }[];
  readonly subclasses: readonly { readonly className: string; readonly convert: Convert }[];
}

export function pojoMigration(migration: PojoMigration): (value: unknown) => object {
  const { className, fields, subclasses } = migration;
  return (value) => {
    const before = value as Record<string | symbol, unknown>;
    const subclass = before[POJO_CLASS];
    if (subclass !== undefined && subclass !== className) {
      const convert = subclasses.find((each) => each.className === subclass)?.convert;
      const converted = convert === undefined ? before : (convert(before) as typeof before);
      converted[POJO_CLASS] = subclass;
      return converted;
    }
    const after: Record<string, unknown> = {};
    for (const { name, convert, initialize } of fields) {
      if (initialize !== undefined) {
        after[name] = initialize();
      } else {
        const field = before[name];
        after[name] = convert === undefined ? (field ?? null) : convert(field);
      }
    }
    return after;
  };
}
