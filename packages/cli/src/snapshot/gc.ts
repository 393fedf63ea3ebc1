/** `millrace snapshot gc`: files that no retained snapshot refers to. */
import { durationMs } from '@millrace/core';
import {
  deleteGarbage,
  type GarbagePlan,
  planGarbageCollection,
  type UnreferencedFile,
} from '@millrace/state-processor';
import type { CommandContext, SnapshotOptions } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { bytesFormat, type FormatBytes, humanSeconds, plural } from '../terminal/sizes.ts';
import { type Column, printTable } from '../terminal/table.ts';
import { printable } from '../terminal/terminal.ts';

export interface GcOptions extends SnapshotOptions {
  readonly delete?: boolean;
  readonly minAge: string;
  readonly snapshot?: readonly string[];
  readonly ignoreUnreadable?: boolean;
}

export async function collectGarbage(
  directory: string,
  options: GcOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal, signal } = context;
  const plan = await planGarbageCollection(directory, {
    pathRebase: options.rebase ?? [],
    snapshots: options.snapshot ?? [],
    minAgeMs: durationMs(options.minAge as `${number} s`, '--min-age'),
    ignoreUnreadable: options.ignoreUnreadable === true,
  });
  signal.throwIfAborted();
  const result = options.delete === true ? await deleteGarbage(plan) : undefined;
  if (options.json === true) {
    await terminal.write(`${JSON.stringify(jsonOf(plan, result), undefined, 2)}\n`);
  } else {
    const formatBytes = terminal.isTerminal ? bytesFormat(options.bytes) : String;
    const files = result?.deleted ?? plan.garbage;
    if (files.length > 0) {
      await printTable(terminal, COLUMNS, rowsOf(files, formatBytes));
    }
    for (const line of summaryOf(plan, result)) {
      terminal.note(line);
    }
  }
  for (const { path, message } of [...plan.unreadable, ...(result?.failed ?? [])]) {
    terminal.note(terminal.style('yellow', printable(`${path}: ${message}`)));
  }
  return result !== undefined && result.failed.length > 0 ? EXIT_CODES.ERROR : EXIT_CODES.OK;
}

type Deleted = Awaited<ReturnType<typeof deleteGarbage>>;

const COLUMNS: readonly Column[] = [
  { title: 'BYTES', align: 'right' },
  { title: 'AGE', align: 'right' },
  { title: 'FILE' },
];

function rowsOf(files: readonly UnreferencedFile[], formatBytes: FormatBytes) {
  return files.map(({ path, sizeBytes, ageMs }) => [
    formatBytes(sizeBytes),
    ageMs === undefined ? undefined : ageText(ageMs),
    path,
  ]);
}

const HOUR_SECONDS = 3_600;

function ageText(ageMs: number): string {
  const seconds = Math.floor(ageMs / 1_000);
  const hours = Math.floor(seconds / HOUR_SECONDS);
  return hours < 1
    ? humanSeconds(seconds)
    : hours < 48
      ? `${hours} h`
      : `${Math.floor(hours / 24)} days`;
}

function summaryOf(plan: GarbagePlan, result: Deleted | undefined): string[] {
  const { snapshots, referenced, garbage, garbageBytes, young, unjudged, foreign, options } = plan;
  const human = bytesFormat(false);
  const lines = [
    `referred to by ${plural(snapshots.length, 'snapshot')}: ${plural(referenced.length, 'file')}`,
  ];
  if (young.length > 0) {
    const age = humanSeconds((options.minAgeMs ?? 0) / 1_000);
    lines.push(
      `${plural(young.length, 'file')} that no snapshot refers to may be of a running checkpoint: younger than ${age}`,
    );
  }
  if (unjudged.length > 0) {
    lines.push(
      `${plural(unjudged.length, 'file')} of jobs without a snapshot here stay: one elsewhere may refer to them; --snapshot gives it`,
    );
  }
  if (foreign.length > 0) {
    lines.push(`${plural(foreign.length, 'file')} are not of checkpoints and stay`);
  }
  lines.push(
    result === undefined
      ? garbage.length === 0
        ? 'nothing to delete'
        : `${plural(garbage.length, 'file')}, ${human(garbageBytes)}, can be deleted: --delete does it, but give every snapshot elsewhere that refers to files here with --snapshot`
      : `deleted ${plural(result.deleted.length, 'file')}, ${human(result.bytes)}`,
  );
  return lines;
}

function jsonOf(plan: GarbagePlan, result: Deleted | undefined): object {
  const { options: _options, ...found } = plan;
  return result === undefined ? found : { ...found, ...result };
}
