/** `millrace snapshot ls`: operators and states. */
import type { Snapshot, SnapshotOperator } from '@millrace/state-processor';
import { type CommandContext, openNamed, type SnapshotOptions } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { bytesFormat, type FormatBytes } from '../terminal/sizes.ts';
import { type Column, printTable, type Row } from '../terminal/table.ts';
import {
  operatorJson,
  operatorLabel,
  type StateLine,
  snapshotJson,
  snapshotLine,
  statesOf,
} from './describe-snapshot.ts';

const COLUMNS: readonly Column[] = [
  { title: 'OPERATOR' },
  { title: 'SUBTASKS', align: 'right' },
  { title: 'STATE' },
  { title: 'KIND' },
  { title: 'TYPE' },
  { title: 'ENTRIES', align: 'right' },
  { title: 'BYTES', align: 'right' },
];

/** For programs: an operator on every line, all of its id, the exact numbers. */
const PLAIN_COLUMNS: readonly Column[] = [
  'OPERATOR',
  'OPERATOR_ID',
  'PARALLELISM',
  'MAX_PARALLELISM',
  'STATE',
  'KIND',
  'TYPE',
  'ENTRIES',
  'OPERATOR_BYTES',
].map((title) => ({ title }));

export async function listStates(
  path: string,
  options: SnapshotOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  const snapshot = await openNamed(path, options, context);
  if (options.json === true) {
    const listed = { ...snapshotJson(snapshot), operators: snapshot.operators.map(operatorJson) };
    await terminal.write(`${JSON.stringify(listed, undefined, 2)}\n`);
    return EXIT_CODES.OK;
  }
  const formatBytes = bytesFormat(options.bytes);
  if (terminal.isTerminal) {
    await terminal.write(`${terminal.style('bold', snapshotLine(snapshot, formatBytes))}\n\n`);
    const rows = snapshot.operators.flatMap((operator) => rowsOf(operator, formatBytes));
    await printTable(terminal, COLUMNS, rows);
    await terminal.write(hints(snapshot));
  } else {
    await printTable(terminal, PLAIN_COLUMNS, snapshot.operators.flatMap(plainRowsOf));
  }
  for (const { problems } of snapshot.operators) {
    for (const { code, message } of problems) {
      terminal.note(terminal.style('yellow', `${code}: ${message}`));
    }
  }
  return EXIT_CODES.OK;
}

function rowsOf(operator: SnapshotOperator, formatBytes: FormatBytes): Row[] {
  const { parallelism, maxParallelism, sizeBytes, isFullyFinished } = operator;
  const subtasks = isFullyFinished ? 'finished' : `${parallelism} of ${maxParallelism}`;
  const head = [operatorLabel(operator), subtasks];
  const states = statesOf(operator);
  const first = states[0];
  return [
    [...head, ...(first === undefined ? NO_STATE : stateCells(first)), formatBytes(sizeBytes)],
    ...states.slice(1).map((state) => ['', '', ...stateCells(state), '']),
  ];
}

const NO_STATE = ['', '', '', ''] as const;

function stateCells({ name, kind, type, items, hasTtl }: StateLine): string[] {
  const shownType = hasTtl === true ? `${type} (TTL)` : type;
  return [name, kind, shownType, items === undefined ? '' : String(items)];
}

function plainRowsOf(operator: SnapshotOperator): Row[] {
  const { operatorId, parallelism, maxParallelism, sizeBytes } = operator;
  const head = [operatorLabel(operator), operatorId, parallelism, maxParallelism];
  const states = statesOf(operator);
  return states.length === 0
    ? [[...head, undefined, undefined, undefined, undefined, sizeBytes]]
    : states.map(({ name, kind, type, items }) => [...head, name, kind, type, items, sizeBytes]);
}

/** What a newcomer does next. */
function hints({ operators }: Snapshot): string {
  return operators.some(({ uid }) => uid === undefined)
    ? '\nOperators without a name: a snapshot holds hashes of uids. Give the uids that you know: --uid NAME.\n'
    : '';
}
