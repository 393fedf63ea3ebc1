/**
 * What a page shows of the results of many runs: the newest line of each work, and the runs that those are of.
 *
 * Invariant: a line of tiny sizes is never among them.
 */
import type { ComparedLine, CompareKind } from './compared-line.ts';
import type { RecordedLine, RunFacts } from './json-results.ts';

/** What the lines have in common that a run has recorded of a kind of work. */
export interface RecordedRun extends Omit<RunFacts, 'date' | 'settings'> {
  /** From 1 on, by time, among the runs of the page. */
  readonly number: number;
}

export interface NewestLines {
  /** Those on the heap first; else as their works first came. */
  readonly lines: readonly { readonly line: ComparedLine; readonly run: RecordedRun }[];
  readonly runs: readonly RecordedRun[];
}

/** @param recorded - in any order, of any kind */
export function newestLines(kind: CompareKind, recorded: readonly RecordedLine[]): NewestLines {
  const own = recorded
    .filter(({ line, facts }) => line.kind === kind && !facts.quick)
    .sort((a, b) => compareText(a.facts.date, b.facts.date));
  const newest = new Map(own.map((one) => [`${one.line.backend} ${workOf(one.line)}`, one]));
  const shown = [...newest.values()].sort((a, b) => compareText(a.line.backend, b.line.backend));
  const begins = [...new Set(shown.map(({ facts }) => facts.began))].sort(compareText);
  const runs = begins.map((began, index) => ({
    number: index + 1,
    ...runOf(own.flatMap(({ facts }) => (facts.began === began ? [facts] : []))),
  }));
  const lines = shown.map(({ line, facts }) => ({
    line,
    run: runs[begins.indexOf(facts.began)] as RecordedRun,
  }));
  return { lines, runs };
}

/** A work may be measured in several units. */
function workOf({ work, unit }: ComparedLine): string {
  return `${work}, ${unit}`;
}

/** The load after it is that after its last line. */
function runOf(facts: readonly RunFacts[]): Omit<RecordedRun, 'number'> {
  const { date: _, settings: __, ...last } = facts.at(-1) as RunFacts;
  return { ...last, versions: [...new Set(facts.flatMap(({ versions }) => versions))] };
}

/** By code units, so that times of ISO 8601 are in order. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
