/** `millrace snapshot verify`: whether a snapshot is whole. */
import { type SnapshotProblem, verifySnapshot } from '@millrace/state-processor';
import {
  type CommandContext,
  openOptions,
  type SnapshotOptions,
  withProgress,
} from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { bytesFormat, plural } from '../terminal/sizes.ts';
import { printable } from '../terminal/terminal.ts';

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
  const { isSound, problems, unchecked } = report;
  const exitCode = isSound ? EXIT_CODES.OK : EXIT_CODES.FINDINGS;
  if (options.json === true) {
    await terminal.write(`${JSON.stringify(report, undefined, 2)}\n`);
    return exitCode;
  }
  for (const problem of problems) {
    await terminal.write(`${terminal.style('red', problem.code)}: ${problemText(problem)}\n`);
  }
  for (const each of unchecked) {
    terminal.note(`${terminal.style('yellow', 'not checked')}: ${problemText(each)}`);
  }
  const { files, bytes, operators, keyGroups, entries } = report;
  const checked = [
    `${bytesFormat(options.bytes)(bytes)} in ${plural(files, 'file')}`,
    plural(operators, 'operator'),
    plural(keyGroups, 'key group'),
    plural(entries, 'entry', 'entries'),
  ].join(', ');
  await terminal.write(
    isSound
      ? `${terminal.style('green', 'sound')}: ${checked}\n`
      : `${terminal.style('red', plural(problems.length, 'problem'))}: ${checked}\n`,
  );
  return exitCode;
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
