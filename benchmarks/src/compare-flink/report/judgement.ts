/**
 * Whether a run says if aims are met: figures of tiny sizes, or of a machine that had other work to do, say
 * nothing about that.
 */
import { type ComparedLine, isMet } from './compared-line.ts';

/** Processes that run or are ready to, for each core. */
const LOAD_OF_CORE_MAX = 1.5;

export interface RunConditions {
  readonly quick: boolean;
  readonly cores: number;
  /** Of the minute before anything was measured. */
  readonly loadBefore: number;
}

export type Verdict = 'met' | 'missed' | 'not judged';

/** `undefined` where the run judges. */
export function whyNotJudged({ quick, cores, loadBefore }: RunConditions): string | undefined {
  if (quick) {
    return 'sizes are tiny (`--quick`)';
  }
  // Not `>`, so that a load that is not known is not taken for none.
  if (!(loadBefore <= LOAD_OF_CORE_MAX * cores)) {
    return `the load was ${loadBefore.toFixed(1)} on ${cores} cores when it began, more than ${LOAD_OF_CORE_MAX} a core`;
  }
  return undefined;
}

/** `undefined` where there is no aim, or nothing to compare with. */
export function verdictOf(line: ComparedLine, run: RunConditions): Verdict | undefined {
  const met = isMet(line);
  if (met === undefined) {
    return undefined;
  }
  return whyNotJudged(run) === undefined ? (met ? 'met' : 'missed') : 'not judged';
}
