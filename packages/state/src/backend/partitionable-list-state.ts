/**
 * A list of operator state: its items are dealt out anew when the parallelism changes.
 *
 * Flink: PartitionableListState.
 */
import { type ListState, TaskError, type TypeSerializer } from '@millrace/core';
import type { OperatorListMeta, OperatorListToWrite } from '../formats/operator-backend-state.ts';

export type PartitionableListMode = 'split-distribute' | 'union';

export class PartitionableListState<T> implements ListState<T> {
  readonly name: string;
  readonly mode: PartitionableListMode;
  private readonly serializer: TypeSerializer<T>;
  private items: T[];

  constructor(name: string, mode: PartitionableListMode, serializer: TypeSerializer<T>) {
    this.name = name;
    this.mode = mode;
    this.serializer = serializer;
    this.items = [];
  }

  get(): Iterable<T> {
    return this.items;
  }

  add(value: T): void {
    this.items.push(this.checked(value));
  }

  update(values: readonly T[]): void {
    this.items = this.checkedAll(values);
  }

  addAll(values: readonly T[]): void {
    for (const value of this.checkedAll(values)) {
      this.items.push(value);
    }
  }

  clear(): void {
    this.items = [];
  }

  get meta(): OperatorListMeta<T> {
    return { name: this.name, mode: this.mode, elementSerializer: this.serializer };
  }

  get size(): number {
    return this.items.length;
  }

  /** The list as it is now, sharing nothing changeable with it. */
  copy(): OperatorListToWrite<T> {
    const { serializer, items } = this;
    return {
      ...this.meta,
      items: serializer.isImmutableType
        ? items.slice()
        : items.map((item) => serializer.copy(item)),
    };
  }

  private checkedAll(values: readonly T[]): T[] {
    if (values === undefined || values === null) {
      throw new TaskError(
        'VALUE_NOT_SERIALIZABLE',
        `operator state '${this.name}' was given ${values} for a list; use [] or clear()`,
      );
    }
    return Array.from(values, (value) => this.checked(value));
  }

  private checked(value: T): T {
    if (value === undefined || value === null) {
      throw new TaskError(
        'VALUE_NOT_SERIALIZABLE',
        `operator state '${this.name}' was given the item ${value}; leave it out`,
      );
    }
    return value;
  }
}
