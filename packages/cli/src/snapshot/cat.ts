/** `millrace snapshot cat`: the entries of one state. */
import { readStateEntries, type Snapshot, type StateEntry } from '@millrace/state-processor';
import {
  type CommandContext,
  openNamed,
  type SnapshotOptions,
  withProgress,
} from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { plural } from '../terminal/sizes.ts';
import type { TableLayout } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { UsageError } from '../usage-error.ts';
import { operatorLabel, statesOf } from './describe-snapshot.ts';
import { entryColumns } from './entry-columns.ts';
import type { EntryFormat } from './entry-formats.ts';
import { entryWriter } from './entry-writers.ts';

export interface CatOptions extends SnapshotOptions {
  readonly key?: string;
  readonly namespace?: string;
  readonly limit?: number;
  readonly format?: EntryFormat;
}

/** A table on a terminal ends there unless more is asked for. */
const SHOWN_ENTRIES = 100;

export async function printEntries(
  args: { readonly path: string; readonly operator?: string; readonly state?: string },
  options: CatOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  const snapshot = await openNamed(args.path, options, context);
  const { operator, state } = chosen(snapshot, args);
  const format = options.format ?? (options.json === true ? 'json' : 'table');
  const isShown = terminal.isTerminal && format === 'table';
  const limit = options.limit ?? (isShown ? SHOWN_ENTRIES : Number.POSITIVE_INFINITY);
  const columns = entryColumns(snapshot.operator(operator), state);
  const writer = entryWriter(format, columns, layoutOf(terminal, options));
  let count = 0;
  let hasMore = false;
  await withProgress(context, { ...options, isHidden: terminal.isTerminal }, async (longRead) => {
    const { key, namespace } = options;
    const entries = readStateEntries(snapshot, {
      ...longRead,
      operator,
      state,
      ...(key === undefined ? {} : { key }),
      ...(namespace === undefined ? {} : { namespace }),
      limit: limit + 1,
    });
    for await (const batch of entries) {
      const wanted: readonly StateEntry[] = batch.slice(0, limit - count);
      hasMore = wanted.length < batch.length;
      if (wanted.length > 0) {
        await terminal.write(writer.format(wanted));
      }
      count += wanted.length;
    }
  });
  await terminal.write(writer.end());
  if (isShown && count > 0) {
    const more = hasMore ? 'the first of more; --limit N shows N, --limit all all' : 'all';
    await terminal.write(terminal.style('dim', `${plural(count, 'entry', 'entries')}, ${more}\n`));
  } else if (count === 0) {
    const { key, namespace } = options;
    const of = [
      key === undefined ? '' : ` of key ${key}`,
      namespace === undefined ? '' : ` in namespace ${namespace}`,
    ].join('');
    terminal.note(`no entries${of} in state '${state}'`);
    return of === '' ? EXIT_CODES.OK : EXIT_CODES.FINDINGS;
  }
  return EXIT_CODES.OK;
}

/** Who asks for one key wants to see all of its value. */
function layoutOf(terminal: Terminal, { key }: CatOptions): TableLayout {
  return {
    isTerminal: terminal.isTerminal,
    columns: key === undefined ? terminal.columns : Number.POSITIVE_INFINITY,
    style: (style, text) => terminal.style(style, text),
  };
}

/** @throws UsageError that lists what there is, where something was not named */
function chosen(
  snapshot: Snapshot,
  { operator, state }: { readonly operator?: string; readonly state?: string },
): { readonly operator: string; readonly state: string } {
  if (operator === undefined) {
    const labels = snapshot.operators
      .filter((each) => statesOf(each).length > 0)
      .map(operatorLabel);
    throw new UsageError(`name an operator and a state; the operators are ${labels.join(', ')}`);
  }
  if (state === undefined) {
    const names = statesOf(snapshot.operator(operator)).map(({ name }) => name);
    throw new UsageError(
      names.length === 0
        ? `operator '${operator}' has no state`
        : `name a state; those of operator '${operator}' are ${names.join(', ')}`,
    );
  }
  return { operator, state };
}
