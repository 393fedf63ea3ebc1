/**
 * A rehearsal shows what a program would take up of a snapshot, without running it: its operators
 * are restored and opened, so that all states are declared, and closed again. No record is read, no
 * checkpoint is taken, no reader, writer or committer is made.
 *
 * Who wants one sets `rehearseInsteadOfExecuting` before the program begins; each `execute()` then
 * rehearses. It is found by a symbol of the process, as the program may bring a copy of its own of
 * this module.
 */
import type { PathRebase } from '@millrace/state';
import type { JobPlan } from '../../graph/job-plan.ts';

export interface JobRehearsal {
  /** A snapshot: its folder or its `_metadata`. */
  readonly from: string;
  readonly pathRebase?: readonly PathRebase[];
  /** Wins over `execution.state-recovery.ignore-unclaimed-state` of the program. */
  readonly allowNonRestoredState?: boolean;
  /** What became of the first `execute()`. The program goes no further than that. */
  end(report: RehearsalReport): Promise<never>;
}

/** `new` and `kept`: only the program, or only the snapshot, has the state. */
export type StateVerdictKind = 'as-is' | 'migrates' | 'incompatible' | 'new' | 'kept';

export interface RehearsedState {
  readonly name: string;
  /** `value`, `list`, `map`, `reducing`, `aggregating`, `timers`, `operator list`, … or `key`. */
  readonly kind: string;
  /** In the program; where only the snapshot has the state, there. */
  readonly type: string;
  readonly verdict: StateVerdictKind;
  /** Why it does not fit and what to do, or how it migrates. */
  readonly reason?: string;
}

export interface StateDescription {
  readonly name: string;
  readonly kind: string;
  readonly type: string;
}

/** One of the program. */
export interface RehearsedOperator {
  readonly operatorId: string;
  readonly name: string;
  readonly uid?: string;
  /** `setUidHash`. */
  readonly uidHash?: string;
  readonly parallelism: number;
  /** As it would run: the snapshot's, where the program sets none. */
  readonly maxParallelism: number;
  readonly isMaxParallelismExplicit: boolean;
  /** `undefined`: the snapshot does not have it, so it starts empty. */
  readonly match?: OperatorMatch;
  /** Why the snapshot's state cannot be given to it. */
  readonly refusal?: RehearsalError;
  /** In the snapshot it had ended, so it does not run. */
  readonly isFinished: boolean;
  readonly states: readonly RehearsedState[];
}

export interface OperatorMatch {
  /** In the snapshot. */
  readonly operatorId: string;
  readonly by: 'uid' | 'uid-hash' | 'generated-id';
  readonly parallelism: number;
  readonly maxParallelism: number;
}

/** One of the snapshot that the program does not have. */
export interface UnmatchedOperator {
  readonly operatorId: string;
  readonly name?: string;
  readonly uid?: string;
  readonly parallelism: number;
  /** False: nothing is lost with it. */
  readonly hasState: boolean;
  readonly states: readonly StateDescription[];
}

/** An operator that starts empty has states like one that would be dropped. */
export interface UidSuggestion {
  /** Of the program. */
  readonly operatorId: string;
  /** Of the snapshot; several that resemble it equally. */
  readonly candidates: readonly string[];
  readonly states: readonly string[];
}

export interface RehearsalError {
  readonly code?: string;
  readonly message: string;
}

export interface RehearsalReport {
  readonly jobName: string;
  readonly snapshot: { readonly pointer: string; readonly checkpointId: number };
  readonly allowNonRestoredState: boolean;
  readonly operators: readonly RehearsedOperator[];
  readonly unmatched: readonly UnmatchedOperator[];
  readonly suggestions: readonly UidSuggestion[];
  /** What else keeps the job from starting: a setting, a function that fails when it is opened. */
  readonly failures: readonly RehearsalError[];
}

const KEY = Symbol.for('millrace.rehearsal');
const registry = globalThis as unknown as Record<symbol, unknown>;

/** Says that this version knows of rehearsals. */
registry[Symbol.for('millrace.rehearsal.known')] = true;

/** From now on in this process; `undefined` ends it. */
export function rehearseInsteadOfExecuting(rehearsal: JobRehearsal | undefined): void {
  registry[KEY] = rehearsal;
}

export function rehearsalOfProcess(): JobRehearsal | undefined {
  return registry[KEY] as JobRehearsal | undefined;
}

/** What a program would run. */
export interface JobPlanReport {
  /** Chains, operator ids, and how records travel. */
  readonly text: string;
  /** As Flink's REST API tells it: `{ jid, name, type, nodes }`. */
  readonly plan: JobPlan;
}

export type EndWithPlan = (report: JobPlanReport) => Promise<never>;

const PLAN_KEY = Symbol.for('millrace.plan');

/** From now on in this process an `execute()` only tells what it would run. */
export function tellPlanInsteadOfExecuting(end: EndWithPlan): void {
  registry[PLAN_KEY] = end;
}

export function planRequestOfProcess(): EndWithPlan | undefined {
  return registry[PLAN_KEY] as EndWithPlan | undefined;
}
