/** `millrace snapshot verify`: whether a snapshot is whole. */
import { type SnapshotProblem, type VerifyReport, verifySnapshot } from '@millrace/state-processor';
import {
  type CommandContext,
  openOptions,
  type SnapshotOptions,
  withProgress,
} from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { bytesFormat, plural } from '../terminal/sizes.ts';
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
  return exitCode;
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
