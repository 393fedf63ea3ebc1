/**
 * Lists and broadcast maps of a running subtask as they were at one moment, read as rows while they change.
 *
 * Invariants:
 * - What the view gives was copied when it was made: all of it, as a snapshot copies it.
 * - Rows come list by list and map by map, in the order of the header. The row of an item has no key, its value is
 *   the item; that of an entry of a map has both. There are no key groups: each row says 0.
 *
 * Bytes of the header: docs/formats/operator-state.md
 */
import { DataOutputView } from '@millrace/core';
import {
  type BroadcastMapMeta,
  type BroadcastMapToWrite,
  type OperatorListMeta,
  type OperatorListToWrite,
  operatorMetaInfos,
  writeOperatorBackendHeader,
} from '../formats/operator-backend-state.ts';
import { stateNotWritten } from '../formats/state-not-written.ts';
import { type RowPage, RowPageWriter } from '../rows/row-page.ts';
import type { OperatorStateDistributionMode } from '../snapshot/operator-state-handle.ts';
import type { RowView, ViewPage, ViewRequest } from './keyed-state-view.ts';

/** The states of a subtask without what they hold. */
export interface OperatorStatesDescription {
  /** As `readOperatorBackendHeader` takes it. */
  readonly header: Uint8Array;
  /** In the order of the header: their ids are their places. */
  readonly states: readonly DescribedOperatorState[];
}

export interface DescribedOperatorState {
  readonly name: string;
  readonly mode: OperatorStateDistributionMode;
  /** Of a broadcast map its entries. */
  readonly items: number;
}

const NO_KEY_GROUP = 0;

export class OperatorStateView implements RowView {
  readonly described: OperatorStatesDescription;
  private readonly states: readonly WrittenRows[];

  constructor(lists: readonly OperatorListToWrite[], broadcasts: readonly BroadcastMapToWrite[]) {
    this.states = [...lists.map(rowsOfList), ...broadcasts.map(rowsOfMap)];
    this.described = {
      header: operatorStateHeader({ lists, broadcasts }),
      states: this.states.map(({ name, mode, count }) => ({ name, mode, items: count })),
    };
  }

  read({ after, stateIds, maxRows, maxBytes, isOver }: ViewRequest): ViewPage {
    const writer = new RowPageWriter();
    for (const [stateId, state] of this.states.entries()) {
      if (stateId < (after?.stateId ?? 0) || stateIds?.includes(stateId) === false) {
        continue;
      }
      const from = stateId === after?.stateId ? Number(after.at[0]) : 0;
      for (let row = from; row < state.count; row++) {
        writeRow(writer, state, row);
        writer.endRow(NO_KEY_GROUP, stateId);
        if (isOver() || writer.rows >= maxRows || writer.bytes >= maxBytes) {
          const next = { keyGroup: NO_KEY_GROUP, stateId, at: [row + 1] };
          return { rows: writer.finish(), next };
        }
      }
    }
    return { rows: writer.finish(), next: undefined };
  }
}

/** An entry of a broadcast map, as a view gives it. */
export function rowOfEntry<K, V>(meta: BroadcastMapMeta<K, V>, key: K, value: V): RowPage {
  const entries = new Map([[key, value]]);
  const writer = new RowPageWriter();
  writeRow(writer, rowsOfMap({ ...meta, entries } as unknown as BroadcastMapToWrite), 0);
  writer.endRow(NO_KEY_GROUP, 0);
  return writer.finish();
}

export function operatorStateHeader(of: {
  readonly lists: readonly OperatorListMeta[];
  readonly broadcasts: readonly BroadcastMapMeta[];
}): Uint8Array {
  const output = new DataOutputView();
  writeOperatorBackendHeader(output, { compressed: false, ...operatorMetaInfos(of) });
  return output.copyBytes();
}

interface WrittenRows {
  readonly name: string;
  readonly mode: OperatorStateDistributionMode;
  readonly count: number;
  writeKey(row: number, output: DataOutputView): void;
  writeValue(row: number, output: DataOutputView): void;
}

function rowsOfList({ name, mode, elementSerializer, items }: OperatorListToWrite): WrittenRows {
  return {
    name,
    mode,
    count: items.length,
    writeKey: () => {},
    writeValue: (row, output) => elementSerializer.serialize(items[row], output),
  };
}

function rowsOfMap({
  name,
  keySerializer,
  valueSerializer,
  entries,
}: BroadcastMapToWrite): WrittenRows {
  const rows = [...entries];
  return {
    name,
    mode: 'broadcast',
    count: rows.length,
    writeKey: (row, output) => keySerializer.serialize(rows[row]?.[0], output),
    writeValue: (row, output) => valueSerializer.serialize(rows[row]?.[1], output),
  };
}

function writeRow(writer: RowPageWriter, state: WrittenRows, row: number): void {
  try {
    writer.beginKey();
    state.writeKey(row, writer.output);
    writer.beginValue();
    state.writeValue(row, writer.output);
  } catch (error) {
    throw stateNotWritten(`operator state '${state.name}'`, error);
  }
}
