/** How many aims are met, of each kind of work on each backend. */
import type { ComparedBackendName, CompareKind } from './compared-line.ts';
import { conditionsOf, type RecordedLine } from './json-results.ts';
import { type Verdict, verdictOf } from './judgement.ts';
import { row } from './line-table.ts';
import { newestLines } from './newest-lines.ts';

/** In the order of a page. */
export const KIND_TITLES: Readonly<Record<CompareKind, string>> = {
  state: 'State access',
  pipelines: 'Pipelines',
  scaling: 'CPU time by keys and by parallelism',
  peers: 'Beside other stream processors',
  checkpoints: 'Checkpoints, restore, filling',
  memory: 'Memory and start-up',
};

export const COMPARE_KINDS = Object.keys(KIND_TITLES) as readonly CompareKind[];

const VERDICTS: readonly Verdict[] = ['met', 'missed', 'not judged'];

/** Of the newest line of each work; kinds without an aim have no row. */
export function summaryLines(
  kinds: readonly CompareKind[],
  recorded: readonly RecordedLine[],
): string[] {
  const rows = kinds.flatMap((kind) =>
    (['heap', 'rocksdb'] as const).flatMap((backend) => summaryRow(kind, backend, recorded)),
  );
  return [
    '### Aims',
    '',
    row(['', 'backend', 'met', 'missed', 'not judged']),
    row(['---', '---', '---', '---', '---']),
    ...rows,
  ];
}

function summaryRow(
  kind: CompareKind,
  backend: ComparedBackendName,
  recorded: readonly RecordedLine[],
): string[] {
  const verdicts = newestLines(kind, recorded)
    .lines.filter(({ line }) => line.backend === backend)
    .map(({ line, run }) => verdictOf(line, conditionsOf(run)));
  const counts = VERDICTS.map((wanted) => verdicts.filter((one) => one === wanted).length);
  return counts.every((count) => count === 0)
    ? []
    : [row([KIND_TITLES[kind], backend, ...counts.map(String)])];
}
