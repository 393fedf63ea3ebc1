/**
 * Fields by position, each of which may be null, with the kind of change that they stand for.
 *
 * Flink: Row, RowKind.
 */
import { ConfigError } from '../errors/errors.ts';

export const ROW_KINDS = ['INSERT', 'UPDATE_BEFORE', 'UPDATE_AFTER', 'DELETE'] as const;

export type RowKind = (typeof ROW_KINDS)[number];

export class Row<F extends readonly unknown[] = readonly unknown[]> {
  readonly kind: RowKind;
  readonly fields: F;
  /** Names of the fields when the type has them. */
  readonly names: readonly string[] | undefined;

  constructor(kind: RowKind, fields: F, names?: readonly string[]) {
    this.kind = kind;
    this.fields = fields;
    this.names = names;
  }

  static of<F extends readonly unknown[]>(...fields: F): Row<F> {
    return new Row('INSERT', fields);
  }

  static ofKind<F extends readonly unknown[]>(kind: RowKind, ...fields: F): Row<F> {
    return new Row(kind, fields);
  }

  /** @throws ConfigError `CONFIG_VALUE_INVALID` when the row has no field of that name */
  field(name: string): F[number] {
    const index = this.names?.indexOf(name) ?? -1;
    if (index < 0) {
      const names = this.names?.join(', ') ?? 'none; declare Types.ROW_NAMED';
      throw new ConfigError('CONFIG_VALUE_INVALID', `no field ${name}; the row has ${names}`);
    }
    return this.fields[index];
  }
}
