/** Entries of a state as columns: which there are depends on the kind of the state. */
import type { JsonValue, SnapshotOperator, StateEntry } from '@millrace/state-processor';
import type { Column, Row } from '../terminal/table.ts';

export interface EntryColumn extends Column {
  cell(entry: StateEntry): JsonValue | undefined;
}

const VOID_NAMESPACE = 'VoidNamespace';

const SUBTASK: EntryColumn = { title: 'SUBTASK', align: 'right', cell: field('subtask') };
const INDEX: EntryColumn = { title: 'INDEX', align: 'right', cell: field('index') };
const KEY_GROUP: EntryColumn = { title: 'KEY_GROUP', align: 'right', cell: field('keyGroup') };
const KEY: EntryColumn = { title: 'KEY', cell: field('key') };
const NAMESPACE: EntryColumn = { title: 'NAMESPACE', cell: field('namespace') };
const USER_KEY: EntryColumn = { title: 'USER_KEY', cell: field('userKey') };
const VALUE: EntryColumn = { title: 'VALUE', cell: field('value') };
const LAST_ACCESS: EntryColumn = { title: 'LAST_ACCESS', cell: field('lastAccessTimestamp') };
const TIMESTAMP: EntryColumn = { title: 'TIMESTAMP', align: 'right', cell: field('timestamp') };

function field(name: string): (entry: StateEntry) => JsonValue | undefined {
  return (entry) => (entry as unknown as Readonly<Record<string, JsonValue | undefined>>)[name];
}

/** None for a state that the operator does not have. */
export function entryColumns(operator: SnapshotOperator, state: string): EntryColumn[] {
  const keyed = operator.keyedStates.find(({ name }) => name === state);
  if (keyed !== undefined) {
    return [
      KEY_GROUP,
      KEY,
      ...(keyed.namespaceType === VOID_NAMESPACE ? [] : [NAMESPACE]),
      ...(keyed.kind === 'MAP' ? [USER_KEY] : []),
      VALUE,
      ...(keyed.hasTtl ? [LAST_ACCESS] : []),
    ];
  }
  const timers = operator.timers.find(({ name }) => name === state);
  if (timers !== undefined) {
    const hasNamespace = !timers.elementType.includes(VOID_NAMESPACE);
    return [KEY_GROUP, TIMESTAMP, KEY, ...(hasNamespace ? [NAMESPACE] : [])];
  }
  switch (operator.operatorStates.find(({ name }) => name === state)?.mode) {
    case undefined:
      return [];
    case 'broadcast':
      return [SUBTASK, KEY, VALUE];
    default:
      return [SUBTASK, INDEX, VALUE];
  }
}

/** Text is shown as it is, all else as JSON. */
export function entryRow(columns: readonly EntryColumn[], entry: StateEntry): Row {
  return columns.map(({ cell }) => cellText(cell(entry)));
}

export function cellText(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== ''
    ? value
    : value === undefined
      ? undefined
      : JSON.stringify(value);
}
