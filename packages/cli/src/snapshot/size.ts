/** `millrace snapshot size`: what takes the room. */
import {
  type LargestKey,
  measureSnapshot,
  type OperatorSizes,
  type SnapshotSizes,
} from '@millrace/state-processor';
import {
  type CommandContext,
  openNamed,
  type SnapshotOptions,
  withProgress,
} from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { bytesFormat, type FormatBytes, humanCount } from '../terminal/sizes.ts';
import { type Column, printTable, type Row } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { ID_DIGITS_SHOWN, snapshotJson, snapshotLine } from './describe-snapshot.ts';
import { cellText } from './entry-columns.ts';
import type { SizePart } from './size-parts.ts';

export interface SizeOptions extends SnapshotOptions {
  readonly operator?: string;
  readonly by?: SizePart;
  readonly top: number;
}

export async function printSizes(
  path: string,
  options: SizeOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  const snapshot = await openNamed(path, options, context);
  const { operator, top: largestKeys } = options;
  const sizes = await withProgress(context, options, (longRead) =>
    measureSnapshot(snapshot, {
      ...longRead,
      largestKeys,
      ...(operator === undefined ? {} : { operator }),
    }),
  );
  if (options.json === true) {
    const json = { ...snapshotJson(snapshot), ...sizes };
    await terminal.write(`${JSON.stringify(json, undefined, 2)}\n`);
    return EXIT_CODES.OK;
  }
  const formats = terminal.isTerminal
    ? { bytes: bytesFormat(options.bytes), count: humanCount }
    : { bytes: String, count: String };
  if (!terminal.isTerminal || options.by !== undefined) {
    await printPart(sizes, options.by ?? 'state', { terminal, formats });
    return EXIT_CODES.OK;
  }
  await terminal.write(`${terminal.style('bold', snapshotLine(snapshot, formats.bytes))}\n\n`);
  await printPart(sizes, 'state', { terminal, formats });
  const largest = sizes.operators
    .flatMap((each) => each.largestKeys.map((key) => ({ ...each, largestKeys: [key] })))
    .sort((a, b) => (b.largestKeys[0]?.bytes ?? 0) - (a.largestKeys[0]?.bytes ?? 0));
  if (largest.length > 0) {
    await terminal.write(`\n${terminal.style('bold', 'Largest keys')}\n`);
    const shown = { ...sizes, operators: largest.slice(0, options.top) };
    await printPart(shown, 'key', { terminal, formats });
  }
  await terminal.write(skews(sizes, terminal));
  return EXIT_CODES.OK;
}

interface Formats {
  readonly bytes: FormatBytes;
  readonly count: (count: number) => string;
}

const ENTRIES: Column = { title: 'ENTRIES', align: 'right' };
const BYTES: Column = { title: 'BYTES', align: 'right' };

const COLUMNS: Readonly<Record<SizePart, readonly Column[]>> = {
  state: [
    { title: 'OPERATOR' },
    { title: 'STATE' },
    ENTRIES,
    BYTES,
    { title: 'LARGEST', align: 'right' },
  ],
  key: [
    { title: 'OPERATOR' },
    { title: 'STATE' },
    { title: 'KEY' },
    { title: 'KEY_GROUP', align: 'right' },
    ENTRIES,
    BYTES,
  ],
  'key-group': [{ title: 'OPERATOR' }, { title: 'KEY_GROUP', align: 'right' }, ENTRIES, BYTES],
  subtask: [{ title: 'OPERATOR' }, { title: 'SUBTASK', align: 'right' }, BYTES],
};

async function printPart(
  sizes: SnapshotSizes,
  part: SizePart,
  { terminal, formats }: { readonly terminal: Terminal; readonly formats: Formats },
): Promise<void> {
  const rows = sizes.operators.flatMap((operator) => {
    const label = terminal.isTerminal ? shortLabel(operator) : operator.label;
    return ROWS[part]({ ...operator, label }, formats);
  });
  await printTable(terminal, COLUMNS[part], rows);
}

const ROWS: Readonly<Record<SizePart, (operator: OperatorSizes, formats: Formats) => Row[]>> = {
  state: ({ label, states }, { bytes, count }) =>
    states.map((state) => [
      label,
      state.name,
      count(state.entries),
      bytes(state.bytes),
      bytes(state.largestEntryBytes),
    ]),
  key: ({ label, largestKeys }, { bytes, count }) =>
    largestKeys.map((each: LargestKey) => [
      label,
      each.state,
      cellText(each.key),
      each.keyGroup,
      count(each.entries),
      bytes(each.bytes),
    ]),
  'key-group': ({ label, keyGroups }, { bytes, count }) =>
    keyGroups.map((each, keyGroup) => [label, keyGroup, count(each.entries), bytes(each.bytes)]),
  subtask: ({ label, subtasks }, { bytes }) =>
    subtasks.map((each) => [label, each.subtask, bytes(each.bytes)]),
};

/** The beginning of its id where nothing else is known of it. */
function shortLabel({ label, operatorId }: OperatorSizes): string {
  return label === operatorId ? label.slice(0, ID_DIGITS_SHOWN) : label;
}

const SKEW_TOLD = 1.5;

/** How many times the mean the largest part has, where that is worth a word. */
function skews({ operators }: SnapshotSizes, terminal: Terminal): string {
  const lines = operators.flatMap(({ label, keyGroupSkew = 1, subtaskSkew = 1 }) =>
    Math.max(keyGroupSkew, subtaskSkew) < SKEW_TOLD
      ? []
      : [
          `- ${label}: the largest key group has ${keyGroupSkew.toFixed(1)} times the mean, ` +
            `the largest subtask ${subtaskSkew.toFixed(1)} times`,
        ],
  );
  return lines.length === 0
    ? ''
    : `\n${terminal.style('bold', 'Unevenly spread')}\n${lines.join('\n')}\n`;
}
