/** `millrace snapshot ls`: operators and states. */
import {
  measureSnapshot,
  type Snapshot,
  type SnapshotOperator,
  type StateSizes,
} from '@millrace/state-processor';
import {
  type CommandContext,
  openNamed,
  type SnapshotOptions,
  withProgress,
} from '../command-context.ts';
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
  'BYTES',
  'OPERATOR_BYTES',
].map((title) => ({ title }));

export interface LsOptions extends SnapshotOptions {
  readonly operator?: string;
  /** Counts entries and bytes of each state, for which all of the snapshot is read. */
  readonly entries?: boolean;
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
  const measured = options.entries === true ? await measure(snapshot, options, context) : undefined;
  const listedOf = (operator: SnapshotOperator) => measuredStates(operator, measured);
  if (options.json === true) {
    const listed = {
      ...snapshotJson(snapshot),
      operators: operators.map((each) => ({ ...operatorJson(each), states: listedOf(each) })),
    };
    await terminal.write(`${JSON.stringify(listed, undefined, 2)}\n`);
    return exitCodeOf(operators);
  }
  const formatBytes = bytesFormat(options.bytes);
  if (terminal.isTerminal) {
    await terminal.write(`${terminal.style('bold', snapshotLine(snapshot, formatBytes))}\n\n`);
    const rows = operators.flatMap((operator) => rowsOf(operator, listedOf(operator), formatBytes));
    await printTable(terminal, COLUMNS, rows);
    await terminal.write(hints(operators));
  } else {
    await printTable(
      terminal,
      PLAIN_COLUMNS,
      operators.flatMap((each) => plainRowsOf(each, listedOf(each))),
    );
  }
  for (const { problems } of operators) {
    for (const { code, message } of problems) {
      terminal.note(terminal.style('yellow', `${code}: ${message}`));
    }
  }
  return exitCodeOf(operators);
}

/** Of types that nothing here reads all else is known; files that cannot be read are an error. */
function exitCodeOf(operators: readonly SnapshotOperator[]): number {
  const isUnread = operators.some(({ problems }) =>
    problems.some(({ code }) => code !== 'SERIALIZER_SNAPSHOT_UNKNOWN' && code !== 'UNSUPPORTED'),
  );
  return isUnread ? EXIT_CODES.ERROR : EXIT_CODES.OK;
}

/** By operator id, then by state. */
type Measured = ReadonlyMap<string, ReadonlyMap<string, StateSizes>>;

async function measure(
  snapshot: Snapshot,
  options: LsOptions,
  context: CommandContext,
): Promise<Measured> {
  const { operator } = options;
  const { operators } = await withProgress(context, options, (longRead) =>
    measureSnapshot(snapshot, {
      ...longRead,
      largestKeys: 0,
      ...(operator === undefined ? {} : { operator }),
    }),
  );
  return new Map(
    operators.map(({ operatorId, states }) => [
      operatorId,
      new Map(states.map((state) => [state.name, state])),
    ]),
  );
}

function measuredStates(operator: SnapshotOperator, measured: Measured | undefined): StateLine[] {
  const sizes = measured?.get(operator.operatorId);
  return statesOf(operator).map((state) => {
    const size = sizes?.get(state.name);
    return size === undefined ? state : { ...state, items: size.entries, sizeBytes: size.bytes };
  });
}

function rowsOf(
  operator: SnapshotOperator,
  states: readonly StateLine[],
  formatBytes: FormatBytes,
): Row[] {
  const { parallelism, maxParallelism, sizeBytes, isFullyFinished } = operator;
  const subtasks = isFullyFinished ? 'finished' : `${parallelism}/${maxParallelism}`;
  const head = [operatorLabel(operator), subtasks];
  const [first, ...others] = states;
  // Of the operator in its first line, unless its states were measured.
  const bytes = (state: StateLine, otherwise: string) =>
    state.sizeBytes === undefined ? otherwise : formatBytes(state.sizeBytes);
  return first === undefined
    ? [[...head, ...NO_STATE, formatBytes(sizeBytes)]]
    : [
        [...head, ...stateCells(first), bytes(first, formatBytes(sizeBytes))],
        ...others.map((state) => ['', '', ...stateCells(state), bytes(state, '')]),
      ];
}

const NO_STATE = ['', '', '', ''] as const;

function stateCells({ name, kind, type, items, hasTtl }: StateLine): string[] {
  // The type of timers says no more than their operator's key.
  const shownType = kind.endsWith('timers') ? '' : hasTtl === true ? `${type} (TTL)` : type;
  return [name, kind, shownType, items === undefined ? '' : String(items)];
}

function plainRowsOf(operator: SnapshotOperator, states: readonly StateLine[]): Row[] {
  const { operatorId, parallelism, maxParallelism, sizeBytes } = operator;
  const head = [operatorLabel(operator), operatorId, parallelism, maxParallelism];
  return states.length === 0
    ? [[...head, undefined, undefined, undefined, undefined, undefined, sizeBytes]]
    : states.map(({ name, kind, type, items, sizeBytes: bytes }) => [
        ...head,
        name,
        kind,
        type,
        items,
        bytes,
        sizeBytes,
      ]);
}

/** What a newcomer does next. */
function hints(operators: readonly SnapshotOperator[]): string {
  return operators.some(({ uid }) => uid === undefined)
    ? '\nA snapshot of Flink holds hashes of uids. Give those that you know: --uid NAME, or --uids FILE.\n'
    : '';
}
