/**
 * What a snapshot leaves out of one state: of a list elements, of a map entries, of others the
 * value. The state itself keeps it.
 *
 * Invariant: what is asked twice is answered the same, as counts are written before what they count.
 *
 * Flink: StateSnapshotTransformer.
 */
// Hot path.
import type { StateKind } from '@millrace/core';
import type { IsObsolete } from '@millrace/state';
import {
  ArrayPrefix,
  entriesOf,
  type ListContents,
  type MapEntry,
  type MapValue,
} from './contents.ts';
import type { StateTable } from './state-table.ts';
import { valueAt } from './versions.ts';

export interface SnapshotFilter {
  /** True when nothing is left of what a row held. */
  leavesOut(value: unknown): boolean;
  /** What is left of what a row held; never nothing. */
  contents(value: unknown): unknown;
}

/** `undefined` when all of the state is written. */
export function snapshotFilter<K>(
  table: StateTable<K, unknown>,
  version: number,
): SnapshotFilter | undefined {
  return filterOfState(table.meta.kind, version, table.ttl?.filterOfFullSnapshot());
}

export function filterOfState(
  kind: StateKind,
  version: number,
  isObsolete: IsObsolete | undefined,
): SnapshotFilter | undefined {
  if (isObsolete === undefined) {
    return undefined;
  }
  switch (kind) {
    case 'list':
      return new ListFilter(version, isObsolete);
    case 'map':
      return new MapFilter(version, isObsolete);
    default:
      return new WholeFilter(version, isObsolete);
  }
}

abstract class TtlFilter implements SnapshotFilter {
  protected readonly version: number;
  protected readonly isObsolete: IsObsolete;

  constructor(version: number, isObsolete: IsObsolete) {
    this.version = version;
    this.isObsolete = isObsolete;
  }

  abstract leavesOut(value: unknown): boolean;
  abstract contents(value: unknown): unknown;
}

class WholeFilter extends TtlFilter {
  leavesOut(value: unknown): boolean {
    return this.isObsolete(value);
  }

  contents(value: unknown): unknown {
    return value;
  }
}

/** Of state whose elements expire one by one: what has none left is left out. */
abstract class ElementsFilter extends TtlFilter {
  leavesOut(value: unknown): boolean {
    return this.contents(value).length === 0;
  }

  abstract override contents(value: unknown): ArrayPrefix<unknown>;
}

class ListFilter extends ElementsFilter {
  contents(value: unknown): ArrayPrefix<unknown> {
    const contents = value as ListContents | ArrayPrefix<unknown>;
    const { elements } = contents;
    const length = contents instanceof ArrayPrefix ? contents.length : elements.length;
    const kept: unknown[] = [];
    for (let i = 0; i < length; i++) {
      if (!this.isObsolete(elements[i])) {
        kept.push(elements[i]);
      }
    }
    return new ArrayPrefix(kept, kept.length);
  }
}

class MapFilter extends ElementsFilter {
  contents(value: unknown): ArrayPrefix<MapEntry> {
    const { elements, length } = entriesOf(value as MapValue | ArrayPrefix<MapEntry>);
    const kept: MapEntry[] = [];
    for (let i = 0; i < length; i++) {
      const entry = elements[i] as MapEntry;
      if (!this.isObsolete(valueAt(entry, this.version))) {
        kept.push(entry);
      }
    }
    return new ArrayPrefix(kept, kept.length);
  }
}
