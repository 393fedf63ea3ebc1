/** How many aims are met, of each kind of work on each backend. */
import { isWithKeysAhead } from './access-lines.ts';
import type { ComparedBackendName, ComparedLine, CompareKind } from './compared-line.ts';
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
    partsOf(kind).flatMap((part) =>
      (['heap', 'rocksdb'] as const).flatMap((backend) => summaryRow(part, backend, recorded)),
    ),
  );
  return [
    '### Aims',
    '',
    row(['', 'backend', 'met', 'missed', 'not judged']),
    row(['---', '---', '---', '---', '---']),
    ...rows,
  ];
}

interface Part {
  readonly kind: CompareKind;
  readonly title: string;
  readonly has: (line: ComparedLine) => boolean;
}

function partsOf(kind: CompareKind): readonly Part[] {
  const title = KIND_TITLES[kind];
  return kind === 'state'
    ? [
        { kind, title: `${title}, keys ahead`, has: isWithKeysAhead },
        { kind, title: `${title}, a key at a time`, has: (line) => !isWithKeysAhead(line) },
      ]
    : [{ kind, title, has: () => true }];
}

function summaryRow(
  { kind, title, has }: Part,
  backend: ComparedBackendName,
  recorded: readonly RecordedLine[],
): string[] {
  const verdicts = newestLines(kind, recorded)
    .lines.filter(({ line }) => line.backend === backend && has(line))
    .map(({ line, run }) => verdictOf(line, conditionsOf(run)));
  const counts = VERDICTS.map((wanted) => verdicts.filter((one) => one === wanted).length);
  return counts.every((count) => count === 0) ? [] : [row([title, backend, ...counts.map(String)])];
}
