/** `millrace snapshot diff`: what differs between two snapshots. */
import {
  type DiffSummary,
  diffSnapshots,
  type JsonValue,
  type SnapshotDifference,
} from '@millrace/state-processor';
import {
  type CommandContext,
  openNamed,
  type SnapshotOptions,
  withProgress,
} from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { humanCount, plural } from '../terminal/sizes.ts';
import { type Column, type Row, TableWriter } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { cellText } from './entry-columns.ts';

export interface DiffCommandOptions extends SnapshotOptions {
  readonly operator?: string;
  readonly summary?: boolean;
  readonly limit?: number;
  readonly ignoreTtlTimestamps?: boolean;
  readonly ignoreParallelism?: boolean;
}

/** A terminal shows no more unless it is asked to. */
const SHOWN_DIFFERENCES = 100;

export async function printDifferences(
  paths: { readonly before: string; readonly after: string },
  options: DiffCommandOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  const before = await openNamed(paths.before, options, context);
  const after = await openNamed(paths.after, options, context);
  const isCounted = options.summary === true;
  const isShown = terminal.isTerminal && options.json !== true;
  const limit = options.limit ?? (isShown ? SHOWN_DIFFERENCES : Number.POSITIVE_INFINITY);
  const writer = options.json === true ? jsonWriter() : tableWriter(terminal);
  let written = 0;
  const summary = await withProgress(
    context,
    { ...options, isHidden: terminal.isTerminal && !isCounted },
    (longRead) =>
      diffSnapshots(before, after, {
        ...longRead,
        ...(options.operator === undefined ? {} : { operator: options.operator }),
        ignoreTtlTimestamps: options.ignoreTtlTimestamps === true,
        ignoreParallelism: options.ignoreParallelism === true,
        ...(isCounted
          ? {}
          : {
              limit,
              onDifferences: async (batch) => {
                written += batch.length;
                await terminal.write(writer.format(batch));
              },
            }),
      }),
  );
  await terminal.write(writer.end(summary));
  if (options.json !== true) {
    if (isCounted) {
      await terminal.write(countsTable(summary, terminal));
    }
    const total = summary.structural + summary.added + summary.removed + summary.changed;
    const hidden =
      isShown && !isCounted && total > written
        ? `; ${written} of ${humanCount(total)} are shown, --limit N shows more`
        : '';
    terminal.note(`${summaryLine(summary)}${hidden}`);
  }
  return summary.isEqual ? EXIT_CODES.OK : EXIT_CODES.FINDINGS;
}

function summaryLine({ isEqual, structural, added, removed, changed, same }: DiffSummary): string {
  const entries = `${plural(same, 'entry', 'entries')} the same`;
  if (isEqual) {
    return `no difference: ${entries}`;
  }
  const structure =
    structural === 0 ? '' : `${plural(structural, 'difference')} of operators and states, `;
  return `${structure}${humanCount(added)} added, ${humanCount(removed)} removed, ${humanCount(changed)} changed, ${entries}`;
}

interface DifferenceWriter {
  format(batch: readonly SnapshotDifference[]): string;
  end(summary: DiffSummary): string;
}

const COLUMNS: readonly Column[] = [
  { title: 'CHANGE' },
  { title: 'OPERATOR' },
  { title: 'STATE' },
  { title: 'KEY' },
  { title: 'BEFORE' },
  { title: 'AFTER' },
];

function tableWriter(terminal: Terminal): DifferenceWriter {
  const table = new TableWriter(COLUMNS, terminal);
  return { format: (batch) => table.format(batch.map(rowOf)), end: () => '' };
}

function rowOf(difference: SnapshotDifference): Row {
  const { change, label } = difference;
  switch (difference.kind) {
    case 'operator':
      return [change, label, undefined, undefined, ...onlyIn(change, 'operator')];
    case 'property':
      return [change, label, undefined, difference.property, ...values(difference)];
    case 'state': {
      const entries = plural(difference.entries, 'entry', 'entries');
      return [change, label, difference.state, undefined, ...onlyIn(change, entries)];
    }
    case 'type':
      return [change, label, difference.state, `type of ${difference.part}`, ...values(difference)];
    case 'entry': {
      const key = [difference.key, difference.namespace, difference.userKey, difference.timestamp];
      return [change, label, difference.state, keyText(key), ...values(difference)];
    }
    case 'item': {
      const times = difference.times === 1 ? '' : ` (${difference.times} times)`;
      const key = difference.key === undefined ? undefined : cellText(difference.key);
      return [change, label, difference.state, `${key ?? 'item'}${times}`, ...values(difference)];
    }
  }
}

function onlyIn(change: string, what: string): [string | undefined, string | undefined] {
  return change === 'removed' ? [what, undefined] : [undefined, what];
}

function values({
  before,
  after,
}: {
  readonly before?: JsonValue;
  readonly after?: JsonValue;
}): [string | undefined, string | undefined] {
  return [cellText(before), cellText(after)];
}

/** Key, then namespace, user key and time where there are. */
function keyText(parts: readonly (JsonValue | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined)
    .map(cellText)
    .join(' / ');
}

function jsonWriter(): DifferenceWriter {
  let before = '{\n"differences": [';
  return {
    format: (batch) => {
      const text = batch.map((each) => JSON.stringify(each)).join(',\n  ');
      const all = `${before}\n  ${text}`;
      before = ',';
      return all;
    },
    end: (summary) => {
      const head = before === ',' ? '\n' : before;
      return `${head}],\n"summary": ${JSON.stringify(summary, undefined, 2)}\n}\n`;
    },
  };
}

function countsTable({ states }: DiffSummary, terminal: Terminal): string {
  const titles = ['OPERATOR', 'STATE'].map((title) => ({ title }));
  const counts = ['ADDED', 'REMOVED', 'CHANGED', 'SAME'].map(
    (title): Column => ({ title, align: 'right' }),
  );
  const table = new TableWriter([...titles, ...counts], terminal);
  return table.format(
    states.map(({ label, state, added, removed, changed, same }) => [
      label,
      state,
      added,
      removed,
      changed,
      same,
    ]),
  );
}
