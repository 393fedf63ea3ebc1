/** Streams the entries of states into tables of a query's process, a chunk at a time. */
import { ConfigError, TaskError } from '@millrace/core';
import { type KeyedStateRow, RowCodec, rowInput } from '@millrace/state';
import { findState } from '../inspect/find-state.ts';
import { type ScannedBatch, scanKeyedState } from '../inspect/keyed-scan.ts';
import { LongRead } from '../inspect/long-read.ts';
import { scanOperatorState } from '../inspect/operator-state-items.ts';
import type { OperatorStateInfo, SnapshotOperator, StateSource } from '../snapshot/snapshot.ts';
import { columnsOfOperatorState, columnsOfState, type SqlEntry } from './sql-columns.ts';
import { type QueryTables, type StateTable, TableLoad } from './table-load.ts';

export interface LoadLimits {
  readonly maxRows: number;
  isOver(): boolean;
}

interface WantedTables {
  readonly source: StateSource;
  readonly operator: SnapshotOperator;
  readonly tables: readonly StateTable[];
  readonly limits: LoadLimits;
}

/**
 * All states of one operator: those that are keyed in one read.
 *
 * @throws TaskError `SQL_LIMIT_EXCEEDED`
 */
export async function loadStates(into: QueryTables, of: WantedTables): Promise<void> {
  const keyed: StateTable[] = [];
  let rows = 0;
  for (const table of of.tables) {
    const found = findState(of.operator, table.state);
    if (found.kind === 'operator') {
      rows += await loadItems(into, table, { ...of, state: found.info, rows });
    } else {
      keyed.push(table);
    }
  }
  if (keyed.length > 0) {
    await loadKeyed(into, { ...of, tables: keyed, rows });
  }
}

/** @param of - `rows` that were read before */
async function loadKeyed(
  into: QueryTables,
  of: WantedTables & { readonly rows: number },
): Promise<void> {
  const { source, operator, tables, limits } = of;
  const loads = new Map<StateTable, TableLoad>();
  let { rows } = of;
  for await (const scanned of scanKeyedState(source, operator, { read: new LongRead({}, 0) })) {
    for (const wanted of tables) {
      const stateId = scanned.codecs.findIndex((codec) => codec.state.name === wanted.state);
      if (stateId >= 0) {
        let load = loads.get(wanted);
        if (load === undefined) {
          const keySerializer = scanned.reader.header.keySerializer.restoreSerializer();
          const columns = columnsOfState(scanned.codecs[stateId] as RowCodec, keySerializer);
          load = await TableLoad.create(into, wanted, columns);
          loads.set(wanted, load);
        }
        rows += await addKeyed(load, scanned, stateId);
      }
    }
    checkLimits(rows, limits);
  }
  for (const load of loads.values()) {
    await load.flush();
  }
  await createEmpty(
    into,
    operator,
    tables.filter((table) => !loads.has(table)),
  );
}

function checkLimits(rows: number, limits: LoadLimits): void {
  if (rows > limits.maxRows || limits.isOver()) {
    throw new TaskError(
      'SQL_LIMIT_EXCEEDED',
      rows > limits.maxRows
        ? `the query reads more than ${limits.maxRows} entries; ask for smaller states, or copy the snapshot's entries to a database`
        : `reading the states of the query took too long, after ${rows} entries; ask for smaller states`,
    );
  }
}

/** A list or broadcast map of all subtasks. @returns its rows */
async function loadItems(
  into: QueryTables,
  table: StateTable,
  of: WantedTables & { readonly state: OperatorStateInfo; readonly rows: number },
): Promise<number> {
  const { source, operator, state, limits } = of;
  const load = await TableLoad.create(into, table, columnsOfOperatorState(state));
  const none = { keyGroup: 0, namespace: undefined, mapKey: undefined, timestamp: 0 };
  let rows = 0;
  for await (const scanned of scanOperatorState(source, operator, { state, options: {} })) {
    const { subtask, first, items } = scanned;
    for (const [index, { key, value }] of items.entries()) {
      load.put({ ...none, subtask, key, element: first + index, value });
      if (load.isFull) {
        await load.flush();
      }
    }
    rows += items.length;
    checkLimits(of.rows + rows, limits);
  }
  await load.flush();
  return rows;
}

/** What no subtask has an entry of is a table without rows all the same. */
async function createEmpty(
  into: QueryTables,
  operator: SnapshotOperator,
  tables: readonly StateTable[],
): Promise<void> {
  for (const table of tables) {
    const info = [...operator.keyedStates, ...operator.timers].find(
      ({ name }) => name === table.state,
    );
    const keySerializer = operator.keySerializer?.restoreSerializer();
    if (info === undefined || keySerializer === undefined) {
      throw new ConfigError('SQL_INVALID', `'${table.state}' cannot be read`);
    }
    const numberOfKeyGroups = operator.maxParallelism;
    const codec = new RowCodec(info.metaInfo, { keySerializer, numberOfKeyGroups });
    await into.create(table, columnsOfState(codec, keySerializer));
  }
}

// Hot path.
/** @returns rows that were added */
async function addKeyed(
  load: TableLoad,
  { batch, codecs, reader, subtask }: ScannedBatch,
  stateId: number,
): Promise<number> {
  const codec = codecs[stateId] as RowCodec;
  const input = rowInput(reader, batch);
  let added = 0;
  for (const row of batch.rows) {
    if (row.stateId === stateId) {
      for (const entry of entriesOf(codec, input, row)) {
        load.put({ ...entry, keyGroup: batch.keyGroup, subtask });
        added++;
        if (load.isFull) {
          await load.flush();
        }
      }
    }
  }
  return added;
}

/** Of a list one for each element. */
function entriesOf(
  codec: RowCodec,
  input: ReturnType<typeof rowInput>,
  row: KeyedStateRow,
): Omit<SqlEntry, 'keyGroup' | 'subtask'>[] {
  const nothing = { mapKey: undefined, element: 0, value: undefined, timestamp: 0 };
  if (codec.kind === 'timer') {
    const { key, namespace, timestamp } = codec.readTimer(input, row);
    return [{ ...nothing, key, namespace, timestamp }];
  }
  const { key, namespace, userKey } = codec.readKey(input, row);
  const value = codec.readValue(input, row);
  if (codec.kind !== 'list') {
    return [{ ...nothing, key, namespace, mapKey: userKey, value }];
  }
  return (value as readonly unknown[]).map((element, index) => ({
    ...nothing,
    ...{ key, namespace, element: index, value: element },
  }));
}
