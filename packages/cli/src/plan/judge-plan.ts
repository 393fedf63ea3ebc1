/**
 * From a rehearsal to whether the program can start with the snapshot, and what the user does if not.
 *
 * Pure.
 */
import type { RehearsalReport, RehearsedOperator, UnmatchedOperator } from 'millrace';

export interface Plan extends RehearsalReport {
  readonly canStart: boolean;
  /** Why it cannot, each with what to do. */
  readonly obstacles: readonly string[];
  /** What it starts without. */
  readonly losses: readonly string[];
}

export function judgePlan(report: RehearsalReport): Plan {
  const { operators, allowNonRestoredState } = report;
  const dropped = report.unmatched.filter(({ hasState }) => hasState);
  const refused = operators.flatMap(({ refusal }) => (refusal === undefined ? [] : [refusal]));
  const obstacles = [
    ...[...refused, ...report.failures].map(({ code, message }) =>
      code === undefined ? message : `${code}: ${message}`,
    ),
    ...misfits(operators),
    ...(allowNonRestoredState ? [] : dropped.map((each) => lost(each, report))),
  ];
  return {
    ...report,
    canStart: obstacles.length === 0,
    obstacles,
    losses: allowNonRestoredState
      ? dropped.map((each) => `the state of ${unmatchedLabel(each)} is dropped`)
      : [],
  };
}

function misfits(operators: readonly RehearsedOperator[]): string[] {
  return operators.flatMap((operator) =>
    operator.states
      .filter(({ verdict }) => verdict === 'incompatible')
      .map(({ name, kind, reason }) => {
        const what = kind === 'key' ? 'the key' : `${kind} '${name}'`;
        return `STATE_INCOMPATIBLE: ${reason ?? `${what} of ${programLabel(operator)} does not fit`}`;
      }),
  );
}

function lost(operator: UnmatchedOperator, { operators, suggestions }: RehearsalReport): string {
  const label = unmatchedLabel(operator);
  const suggested = suggestions.find(({ candidates }) => candidates.includes(operator.operatorId));
  const like = operators.find(({ operatorId }) => operatorId === suggested?.operatorId);
  const remedy =
    like === undefined
      ? 'give its operator the uid that it had, or allow it to be dropped: --allow-non-restored-state'
      : `give ${programLabel(like)} ${uidCall(operator)}, as it has the same states`;
  return `STATE_NOT_RESTORED: the program does not have ${label}, whose state would be lost; ${remedy}`;
}

/** What a program calls to take over the state of an operator. */
export function uidCall({ uid, operatorId }: UnmatchedOperator): string {
  return uid === undefined ? `.setUidHash('${operatorId}')` : `.uid('${uid}')`;
}

export function programLabel({ name, uid }: RehearsedOperator): string {
  return uid === undefined ? `'${name}'` : `'${name}' (uid '${uid}')`;
}

export function unmatchedLabel({ uid, name, operatorId }: UnmatchedOperator): string {
  const id = `operator ${operatorId}`;
  return name === undefined ? id : `${id} ('${name}'${uid === undefined ? '' : `, uid '${uid}'`})`;
}
