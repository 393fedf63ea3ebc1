/** Lines of the comparison for a person: a Markdown table. */
import {
  type Aim,
  bestOfFlink,
  type ComparedLine,
  type Measured,
  ratioOf,
  shareOfLimit,
  spreadOf,
} from './compared-line.ts';
import { type RunConditions, type Verdict, verdictOf } from './judgement.ts';

export const TABLE_HEAD: readonly string[] = [
  row(['work', 'backend', 'unit', 'Millrace', 'Flink', 'ratio', 'aim', 'met', 'of the limit']),
  row(['---', '---', '---', '---', '---', '---', '---', '---', '---']),
];

const VERDICTS: Readonly<Record<Verdict, string>> = {
  met: 'yes',
  missed: '**no**',
  'not judged': 'not judged',
};

export function tableRow(line: ComparedLine, run: RunConditions): string {
  const flink = bestOfFlink(line);
  const ratio = ratioOf(line);
  const verdict = verdictOf(line, run);
  return row([
    line.work,
    line.backend,
    line.unit,
    measuredText(line.ours),
    flink === undefined ? '-' : flinkText(flink, line.flink.length),
    ratio === undefined ? '-' : ratio.toFixed(2),
    line.aim === undefined ? '-' : aimText(line.aim, line.unit),
    verdict === undefined ? '-' : VERDICTS[verdict],
    limitText(line),
  ]);
}

export function aimText(aim: Aim, unit: string): string {
  return 'ratio' in aim ? `≥ ${aim.ratio}` : `≤ ${aim.atMost} ${unit}`;
}

export function short(value: number): string {
  if (Math.abs(value) >= 10_000) {
    return Math.round(value).toLocaleString('en');
  }
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

export function measuredText(measured: Measured): string {
  const { median, least, most } = spreadOf(measured);
  const spread = measured.samples.length === 1 ? '' : ` (${short(least)} - ${short(most)})`;
  return `${short(median)}${spread}`;
}

/** Says which configuration it was, where several were measured. */
function flinkText(flink: Measured, configurations: number): string {
  const which = flink.name.replace(/^Flink(, )?/, '');
  return `${measuredText(flink)}${configurations > 1 && which !== '' ? `, ${which}` : ''}`;
}

function limitText(line: ComparedLine): string {
  const share = shareOfLimit(line);
  return share === undefined
    ? '-'
    : `${share.toFixed(2)} of ${short(spreadOf(line.limit as Measured).median)} (${line.limit?.name})`;
}

export function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}
