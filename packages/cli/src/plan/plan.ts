/** `millrace snapshot plan`: what a program would take up of a snapshot, before it is started. */
import type { SnapshotOperator } from '@millrace/state-processor';
import type { RehearsedOperator, RehearsedState, UnmatchedOperator } from 'millrace';
import type { CommandContext, SnapshotOptions } from '../command-context.ts';
import { openNamed } from '../command-context.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { type Column, printTable, type Row } from '../terminal/table.ts';
import { printable, type Style, type Terminal } from '../terminal/terminal.ts';
import { judgePlan, type Plan, programLabel, uidCall, unmatchedLabel } from './judge-plan.ts';
import { rehearseProgram } from './rehearse-program.ts';

export interface PlanOptions extends SnapshotOptions {
  readonly from: string;
  readonly allowNonRestoredState?: boolean;
}

export async function planUpgrade(
  program: string,
  args: readonly string[],
  options: PlanOptions,
  context: CommandContext,
): Promise<number> {
  const { terminal, signal } = context;
  const { path, operators } = await openNamed(options.from, options, context);
  const report = await rehearseProgram(program, {
    request: {
      from: path,
      pathRebase: options.rebase ?? [],
      ...(options.allowNonRestoredState === true ? { allowNonRestoredState: true } : {}),
    },
    args,
    signal,
    onOutput: (text) => terminal.writeError(text),
  });
  const plan = judgePlan({
    ...report,
    unmatched: report.unmatched.map((each) => named(each, operators)),
  });
  if (options.json === true) {
    await terminal.write(`${JSON.stringify(plan, undefined, 2)}\n`);
  } else {
    await printPlan(plan, terminal);
  }
  return plan.canStart ? EXIT_CODES.OK : EXIT_CODES.FINDINGS;
}

/** With the uid that the user says it has. */
function named(
  operator: UnmatchedOperator,
  operators: readonly SnapshotOperator[],
): UnmatchedOperator {
  const uid = operators.find(({ operatorId }) => operatorId === operator.operatorId)?.uid;
  return uid === undefined ? operator : { ...operator, uid };
}

const COLUMNS: readonly Column[] = [
  { title: 'OPERATOR' },
  { title: 'FOUND BY' },
  { title: 'STATE' },
  { title: 'KIND' },
  { title: 'TYPE' },
  { title: 'VERDICT' },
];

async function printPlan(plan: Plan, terminal: Terminal): Promise<void> {
  const { jobName, snapshot, operators } = plan;
  if (terminal.isTerminal) {
    const title = `${jobName} with ${snapshot.pointer}`;
    await terminal.write(`${terminal.style('bold', printable(title))}\n\n`);
  }
  await printTable(
    terminal,
    COLUMNS,
    operators.flatMap((operator) => rowsOf(operator, terminal)),
  );
  for (const [title, style, lines] of sectionsOf(plan)) {
    if (lines.length > 0) {
      const shown = lines.map((line) => `- ${printable(line)}\n`).join('');
      await terminal.write(`\n${terminal.style(style, title)}\n${shown}`);
    }
  }
  const verdict = plan.canStart
    ? terminal.style('green', 'The program can start with this snapshot.')
    : terminal.style('red', 'The program cannot start with this snapshot.');
  await terminal.write(`\n${verdict}\n`);
  terminal.note('Its first execute() was rehearsed; jobs that it may start after that were not.');
}

type Section = readonly [string, Style, readonly string[]];

function sectionsOf(plan: Plan): Section[] {
  return [
    ['What keeps it from starting:', 'red', plan.obstacles],
    ['What it starts without:', 'yellow', [...plan.losses, ...startsEmpty(plan)]],
    ['How states change:', 'cyan', migrations(plan)],
    ['Which uids to give:', 'cyan', suggestions(plan)],
  ];
}

function startsEmpty({ operators, unmatched }: Plan): string[] {
  const empty = operators
    .filter(({ match, states }) => match === undefined && states.length > 0)
    .map((operator) => `${programLabel(operator)} is not in the snapshot and starts empty`);
  const kept = operators.flatMap((operator) =>
    operator.states
      .filter(({ verdict }) => verdict === 'kept')
      .map(
        ({ name }) =>
          `'${name}' of ${programLabel(operator)} is no longer declared; it stays in snapshots`,
      ),
  );
  const gone = unmatched
    .filter(({ hasState }) => !hasState)
    .map((operator) => `${unmatchedLabel(operator)} is gone; it had no state`);
  return [...empty, ...kept, ...gone];
}

function migrations({ operators }: Plan): string[] {
  return operators.flatMap((operator) =>
    operator.states
      .filter(({ verdict }) => verdict === 'migrates')
      .map(
        ({ name, reason = 'its bytes change' }) =>
          `'${name}' of ${programLabel(operator)}: ${reason}`,
      ),
  );
}

function suggestions({ operators, unmatched, suggestions }: Plan): string[] {
  return suggestions.flatMap(({ operatorId, candidates, states }) => {
    const operator = operators.find((each) => each.operatorId === operatorId);
    const calls = unmatched.filter((each) => candidates.includes(each.operatorId)).map(uidCall);
    return operator === undefined
      ? []
      : [`${programLabel(operator)}: ${calls.join(' or ')}; both have ${states.join(', ')}`];
  });
}

const FOUND_BY = { uid: 'uid', 'uid-hash': 'uid hash', 'generated-id': 'generated id' } as const;

function rowsOf(operator: RehearsedOperator, { isTerminal }: Terminal): Row[] {
  const { match, refusal, isFinished, states } = operator;
  const found = match === undefined ? 'not found' : FOUND_BY[match.by];
  const label = operator.uid ?? operator.name;
  if (states.length === 0) {
    const verdict = refusal !== undefined ? 'refused' : isFinished ? 'finished' : 'no state';
    return [[label, found, '', '', '', verdict].map((cell) => cell || (isTerminal ? '' : '-'))];
  }
  return states.map((state, index) => [
    ...(index === 0 || !isTerminal ? [label, found] : ['', '']),
    ...cellsOf(state),
  ]);
}

const VERDICTS = {
  'as-is': 'as is',
  migrates: 'migrates',
  incompatible: 'does not fit',
  new: 'new',
  kept: 'kept, not declared',
} as const;

function cellsOf({ name, kind, type, verdict }: RehearsedState): string[] {
  return [name, kind, type, VERDICTS[verdict]];
}
