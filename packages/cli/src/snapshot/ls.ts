/** `millrace snapshot ls`: operators and states. */
import type { SnapshotOperator } from '@millrace/state-processor';
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
  { title: 'PAR/MAX', align: 'right' },
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

export interface LsOptions extends SnapshotOptions {
  readonly operator?: string;
}

export async function listStates(
  path: string,
  options: LsOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  const snapshot = await openNamed(path, options, context);
  const operators =
    options.operator === undefined ? snapshot.operators : [snapshot.operator(options.operator)];
  if (options.json === true) {
    const listed = { ...snapshotJson(snapshot), operators: operators.map(operatorJson) };
    await terminal.write(`${JSON.stringify(listed, undefined, 2)}\n`);
    return EXIT_CODES.OK;
  }
  const formatBytes = bytesFormat(options.bytes);
  if (terminal.isTerminal) {
    await terminal.write(`${terminal.style('bold', snapshotLine(snapshot, formatBytes))}\n\n`);
    const rows = operators.flatMap((operator) => rowsOf(operator, formatBytes));
    await printTable(terminal, COLUMNS, rows);
    await terminal.write(hints(operators));
  } else {
    await printTable(terminal, PLAIN_COLUMNS, operators.flatMap(plainRowsOf));
  }
  for (const { problems } of operators) {
    for (const { code, message } of problems) {
      terminal.note(terminal.style('yellow', `${code}: ${message}`));
    }
  }
  return EXIT_CODES.OK;
}

function rowsOf(operator: SnapshotOperator, formatBytes: FormatBytes): Row[] {
  const { parallelism, maxParallelism, sizeBytes, isFullyFinished } = operator;
  const subtasks = isFullyFinished ? 'finished' : `${parallelism}/${maxParallelism}`;
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
  // The type of timers says no more than their operator's key.
  const shownType = kind.endsWith('timers') ? '' : hasTtl === true ? `${type} (TTL)` : type;
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
function hints(operators: readonly SnapshotOperator[]): string {
  return operators.some(({ uid }) => uid === undefined)
    ? '\nA snapshot of Flink holds hashes of uids. Give those that you know: --uid NAME, or --uids FILE.\n'
    : '';
}
