/** `millrace snapshot verify`: whether a snapshot is whole. */
import {
  type FileCheck,
  type SnapshotFormat,
  type SnapshotProblem,
  type VerifyReport,
  verifySnapshot,
} from '@millrace/state-processor';
import {
  type CommandContext,
  openOptions,
  type SnapshotOptions,
  withProgress,
} from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { bytesFormat, type FormatBytes, plural } from '../terminal/sizes.ts';
import { type Column, printTable, type Row } from '../terminal/table.ts';
import { printable, type Terminal } from '../terminal/terminal.ts';

export async function verify(
  path: string,
  options: SnapshotOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  const access = await openOptions(options);
  const report = await withProgress(context, options, (longRead) =>
    verifySnapshot(path, { ...longRead, ...access }),
  );
  const { isSound, problems, unread, unchecked } = report;
  const exitCode = isSound ? EXIT_CODES.OK : EXIT_CODES.FINDINGS;
  if (options.json === true) {
    await terminal.write(`${JSON.stringify(report, undefined, 2)}\n`);
    return exitCode;
  }
  for (const problem of problems) {
    await terminal.write(`${terminal.style('red', problem.code)}: ${problemText(problem)}\n`);
  }
  for (const [what, list] of [
    ['not read', unread],
    ['not checked', unchecked],
  ] as const) {
    for (const each of list) {
      terminal.note(`${terminal.style('yellow', what)}: ${problemText(each)}`);
    }
  }
  const { files, bytes, operators, keyGroups, entries } = report;
  const checked = [
    `${bytesFormat(options.bytes)(bytes)} in ${plural(files, 'file')}`,
    plural(operators, 'operator'),
    plural(keyGroups, 'key group'),
    plural(entries, 'entry', 'entries'),
  ].join(', ');
  await terminal.write(`${verdict(report, terminal)}: ${checked}\n`);
  await printChecks(report, { terminal, formatBytes: bytesFormat(options.bytes) });
  return exitCode;
}

const CHECKS: readonly {
  readonly check: FileCheck;
  readonly means: string;
  /** Where there are problems. */
  readonly meansBeside?: string;
}[] = [
  {
    check: 'checksum',
    means: 'keys and values lie in blocks with a checksum, so a changed one would have been found',
  },
  {
    check: 'structure',
    means:
      'all was decoded and fits together, but the format has no checksum: a value that was changed to ' +
      'another one of its type is not found',
    meansBeside:
      'decoded as far as the problems let it; the format has no checksum: a value that was changed to ' +
      'another one of its type is not found',
  },
  {
    check: 'length',
    means: 'the files have the size that they should; what is in them was not read',
  },
];

const FORMATS: Readonly<Record<SnapshotFormat, string>> = {
  metadata: '_metadata',
  heap: 'keyed state of the heap',
  canonical: 'canonical keyed state',
  rocksdb: "RocksDB's files",
  changelog: 'changelog',
  operator: 'operator state',
  other: 'not decoded',
};

const COLUMNS: readonly Column[] = [
  { title: 'CHECKED BY' },
  { title: 'FORMAT' },
  { title: 'FILES', align: 'right' },
  { title: 'BYTES', align: 'right' },
];

/** What the verdict rests on, and what it cannot see. */
async function printChecks(
  { checked: parts, isSound }: VerifyReport,
  { terminal, formatBytes }: { readonly terminal: Terminal; readonly formatBytes: FormatBytes },
): Promise<void> {
  const used = CHECKS.filter(({ check }) => parts.some((part) => part.check === check));
  const rows = used.flatMap(({ check }) =>
    Object.entries(FORMATS).flatMap(([format, name]): Row[] => {
      const those = parts.filter((part) => part.check === check && part.format === format);
      const bytes = those.reduce((sum, part) => sum + part.bytes, 0);
      return those.length === 0 ? [] : [[check, name, those.length, formatBytes(bytes)]];
    }),
  );
  if (rows.length > 0) {
    await printTable(terminal, COLUMNS, rows);
    const told = used.map(
      ({ check, means, meansBeside }) => `${check}: ${isSound ? means : (meansBeside ?? means)}\n`,
    );
    await terminal.write(told.join(''));
  }
}

function verdict({ problems, unread }: VerifyReport, terminal: Terminal): string {
  if (unread.length === 0) {
    return problems.length === 0
      ? terminal.style('green', 'sound')
      : terminal.style('red', plural(problems.length, 'problem'));
  }
  const parts = `${plural(unread.length, 'part')} could not be read`;
  return problems.length === 0
    ? terminal.style('yellow', `sound as far as read, but ${parts}`)
    : terminal.style('red', `${plural(problems.length, 'problem')}, and ${parts}`);
}

/** What is wrong, then where, as far as the message does not say it. */
function problemText({
  message,
  file,
  offset,
  operatorId,
  subtask,
  state,
}: SnapshotProblem): string {
  const places = [
    file === undefined || message.includes(file) ? undefined : `file ${file}`,
    offset === undefined || message.includes(String(offset)) ? undefined : `byte ${offset}`,
    operatorId === undefined || message.includes(operatorId) ? undefined : `operator ${operatorId}`,
    subtask === undefined ? undefined : `subtask ${subtask}`,
    state === undefined || message.includes(state) ? undefined : `state '${state}'`,
  ].filter((place) => place !== undefined);
  return printable(places.length === 0 ? message : `${message} (${places.join(', ')})`);
}
