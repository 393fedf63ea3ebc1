/** The table of each kind of lines: beside Flink alone, or a row for each stream processor that was measured. */
import {
  bestOfFlink,
  type ComparedLine,
  type CompareKind,
  type Measured,
  timesAsGood,
} from './compared-line.ts';
import type { RunConditions } from './judgement.ts';
import { measuredText, row, TABLE_HEAD, tableRow } from './line-table.ts';

const PEER_TABLE_HEAD: readonly string[] = [
  row(['work', 'unit', 'Millrace', 'beside', 'its figure', 'ratio']),
  row(['---', '---', '---', '---', '---', '---']),
];

export function tableHead(kind: CompareKind): readonly string[] {
  return kind === 'peers' ? PEER_TABLE_HEAD : TABLE_HEAD;
}

/** More than one where a line has peers. */
export function tableRows(line: ComparedLine, run: RunConditions): string[] {
  return line.kind === 'peers' ? peerRows(line) : [tableRow(line, run)];
}

function peerRows(line: ComparedLine): string[] {
  const flink = bestOfFlink(line);
  const others: Measured[] = [
    ...(flink === undefined ? [] : [{ ...flink, name: 'Flink' }]),
    ...(line.peers ?? []),
    ...(line.limit === undefined ? [] : [line.limit]),
  ];
  return others.map((other) =>
    row([
      line.work,
      line.unit,
      measuredText(line.ours),
      other.name,
      measuredText(other),
      timesAsGood(line, other).toFixed(2),
    ]),
  );
}
