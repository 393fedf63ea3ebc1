/**
 * The timers of one queue in columns by dense rows: key, time, namespace, and where each is listed.
 *
 * Invariants:
 * - A row is of one timer from `add` to `remove`, and for the snapshots and views that began before
 *   `remove` until they are over, as in `KeyRows`.
 * - A timer of the queue is in the list of its key group: there they have the order in which they were
 *   registered.
 *
 * Flink: TimerHeapInternalTimer. Design: docs/decisions/0016-timers-in-columns.md
 */
// Hot path.
import { keyIdentityOf, TimeWindow, type TypeSerializer } from '@millrace/core';
import type { Epochs } from '../columns/epochs.ts';
import { Int32Column } from '../columns/int32-column.ts';
import { KeyRows } from '../columns/key-rows.ts';
import { NumberColumn } from '../columns/number-column.ts';
import { ObjectIds } from '../columns/object-ids.ts';
import { OrderedRowGroup, type PinnedOrder } from '../columns/ordered-row-group.ts';
import { HeapTimer } from './priority-queue.ts';

const NONE = -1;
/** Where there are more groups than this for each row, comparing beats a pass over the groups. */
const COUNTED_GROUPS_PER_ROW = 64;
/** More than there are rows; a key group times it is a safe integer. */
const PLACES = 2 ** 32;

export class TimerRows<K, N> {
  readonly keys: KeyRows<K>;
  /** Of each row in the list of its bucket. */
  readonly placesInBucket: Int32Column;
  /** In a bucket with an index: another row of the same key; -1 behind the last one. */
  readonly nextOfKey: Int32Column;
  private readonly times: NumberColumn;
  /** By row: which of `namespaces`. Most timers share one with those before them. */
  private readonly namespaceIds: Int32Column;
  private readonly namespaces: ObjectIds<N>;
  /** By number of a namespace: in how many rows. */
  private readonly namespaceUses: number[];
  private lastNamespaceId: number;
  private readonly namespaceIdentityOf: (namespace: N) => unknown;
  /** By key group, from the first of the range on. */
  private readonly groups: (OrderedRowGroup | undefined)[];
  private readonly placesInGroup: Int32Column;
  private reserved: number;
  /** By key group, while timers are counted. */
  private readonly ends: Int32Array;

  constructor(
    of: { readonly serializer: TypeSerializer<K>; readonly epochs: Epochs },
    namespaceSerializer: TypeSerializer<N>,
    numberOfKeyGroups: number,
  ) {
    this.keys = new KeyRows(of.serializer, of.epochs);
    this.placesInBucket = new Int32Column();
    this.nextOfKey = new Int32Column();
    this.times = new NumberColumn();
    this.namespaceIds = new Int32Column();
    this.namespaces = new ObjectIds(of.epochs);
    this.namespaceUses = [];
    this.lastNamespaceId = NONE;
    this.namespaceIdentityOf = keyIdentityOf(namespaceSerializer);
    this.groups = new Array(numberOfKeyGroups).fill(undefined);
    this.placesInGroup = new Int32Column();
    this.reserved = 0;
    this.ends = new Int32Array(numberOfKeyGroups);
  }

  /** @returns its row */
  add(timer: HeapTimer<K, N>, identity: unknown, hash: number, groupIndex: number): number {
    const row = this.keys.add(timer.key, identity, hash, groupIndex);
    if (row >= this.reserved) {
      this.reserve(row + 1);
    }
    this.times.set(row, timer.timestamp);
    this.namespaceIds.set(row, this.useNamespace(timer.namespace));
    let group = this.groups[groupIndex];
    if (group === undefined) {
      group = new OrderedRowGroup();
      this.groups[groupIndex] = group;
    }
    group.add(row, this.placesInGroup);
    return row;
  }

  remove(row: number): void {
    (this.groups[this.keys.groupOf(row)] as OrderedRowGroup).remove(row, this.placesInGroup);
    this.keys.remove(row);
    const id = this.namespaceIds.get(row);
    const uses = (this.namespaceUses[id] as number) - 1;
    this.namespaceUses[id] = uses;
    if (uses === 0) {
      this.namespaces.remove(id);
    }
  }

  /** Of a row of now, or of a version that is pinned. */
  timerOf(row: number): HeapTimer<K, N> {
    return new HeapTimer(
      this.times.get(row) as number,
      this.keys.keyOf(row),
      this.namespaces.get(this.namespaceIds.get(row)),
    );
  }

  isIn(row: number, namespace: N): boolean {
    return this.isSameNamespace(this.namespaces.get(this.namespaceIds.get(row)), namespace);
  }

  private isSameNamespace(other: N, namespace: N): boolean {
    if (other === namespace) {
      return true;
    }
    if (other instanceof TimeWindow && namespace instanceof TimeWindow) {
      return other.start === namespace.start && other.end === namespace.end;
    }
    return this.namespaceIdentityOf(other) === this.namespaceIdentityOf(namespace);
  }

  /** Of a key group, in the order in which they were registered; a copy. */
  rowsOf(groupIndex: number): number[] {
    return this.groups[groupIndex]?.list() ?? [];
  }

  /** @returns the rows in the order of their key groups; those of one group stay in their order */
  sortedByGroup(rows: readonly number[]): number[] {
    const { keys } = this;
    let least = keys.groupOf(rows[0] as number);
    let greatest = least;
    for (let i = 1; i < rows.length; i++) {
      const group = keys.groupOf(rows[i] as number);
      least = Math.min(least, group);
      greatest = Math.max(greatest, group);
    }
    const groups = greatest - least + 1;
    return groups <= COUNTED_GROUPS_PER_ROW * rows.length
      ? this.countedByGroup(rows, least, groups)
      : this.comparedByGroup(rows);
  }

  /** One pass over the groups from the least one on that has a row. */
  private countedByGroup(rows: readonly number[], least: number, groups: number): number[] {
    const { ends, keys } = this;
    const sorted = rows.slice();
    ends.fill(0, 0, groups);
    for (let i = 0; i < rows.length; i++) {
      const group = keys.groupOf(rows[i] as number) - least;
      ends[group] = (ends[group] as number) + 1;
    }
    for (let group = 1; group < groups; group++) {
      ends[group] = (ends[group] as number) + (ends[group - 1] as number);
    }
    for (let i = rows.length - 1; i >= 0; i--) {
      const row = rows[i] as number;
      const group = keys.groupOf(row) - least;
      const end = (ends[group] as number) - 1;
      ends[group] = end;
      sorted[end] = row;
    }
    return sorted;
  }

  /** Where rows are few for the groups that they are spread over. */
  private comparedByGroup(rows: readonly number[]): number[] {
    const { keys } = this;
    const sorted = rows.slice();
    const order = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) {
      order[i] = keys.groupOf(rows[i] as number) * PLACES + i;
    }
    order.sort();
    for (let i = 0; i < rows.length; i++) {
      const placed = order[i] as number;
      sorted[i] = rows[placed - Math.floor(placed / PLACES) * PLACES] as number;
    }
    return sorted;
  }

  /** What a version is read from, by key group, until each is unpinned. */
  pin(version: number): (PinnedOrder | undefined)[] {
    return this.groups.map((group) => group?.pin(version));
  }

  unpin(groupIndex: number, version: number): void {
    this.groups[groupIndex]?.unpin(version);
  }

  /** All groups that are not unpinned yet. */
  unpinAll(version: number): void {
    for (const group of this.groups) {
      group?.unpin(version);
    }
  }

  /** @returns its number */
  private useNamespace(namespace: N): number {
    const last = this.lastNamespaceId;
    if (last !== NONE && (this.namespaceUses[last] as number) > 0) {
      if (this.isSameNamespace(this.namespaces.get(last), namespace)) {
        this.namespaceUses[last] = (this.namespaceUses[last] as number) + 1;
        return last;
      }
    }
    const id = this.namespaces.add(namespace);
    this.namespaceUses[id] = 1;
    this.lastNamespaceId = id;
    return id;
  }

  private reserve(count: number): void {
    this.reserved = count;
    this.times.reserve(count);
    this.namespaceIds.reserve(count);
    this.placesInGroup.reserve(count);
    this.placesInBucket.reserve(count);
    this.nextOfKey.reserve(count);
  }
}
