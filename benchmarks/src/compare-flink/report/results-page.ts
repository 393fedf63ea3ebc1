/**
 * The page of `--markdown`, written out of recorded lines alone: each kind of work has a part of its own, which is
 * written anew, and all of them a summary; all else in the file stays as it is. Plots go into the folder beside the page that has its name.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { CompareKind } from './compared-line.ts';
import { conditionsOf, type RecordedLine } from './json-results.ts';
import { whyNotJudged } from './judgement.ts';
import { type NewestLines, newestLines, type RecordedRun } from './newest-lines.ts';
import { plotsOf } from './scaling-plots.ts';
import { COMPARE_KINDS, KIND_TITLES, summaryLines } from './summary.ts';
import { tableHead, tableRows } from './tables.ts';

/** Returns how many lines it wrote; the part of a kind that has none stays as it is. */
export function writeToPage(
  path: string,
  kind: CompareKind,
  recorded: readonly RecordedLine[],
): number {
  const newest = newestLines(kind, recorded);
  if (newest.lines.length === 0) {
    return 0;
  }
  const folder = basename(path, extname(path));
  const plots = plotsOf(
    newest.lines.map(({ line }) => line),
    noteOf(newest.runs),
  );
  const links = plots.flatMap(({ name, caption }) => ['', `![${caption}](${folder}/${name}.svg)`]);
  if (plots.length > 0) {
    mkdirSync(join(dirname(path), folder), { recursive: true });
  }
  for (const { name, svg } of plots) {
    writeWhole(join(dirname(path), folder, `${name}.svg`), svg);
  }
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  // So that it comes first in a page that is new.
  const page = withPart(before, 'summary', '');
  const whole = withPart(page, kind, [...partLines(kind, newest), ...links].join('\n'));
  const kinds = COMPARE_KINDS.filter((one) => whole.includes(beginOf(one)));
  writeWhole(path, withPart(whole, 'summary', summaryLines(kinds, recorded).join('\n')));
  return newest.lines.length;
}

/** Who reads it sees the old text or the new one. */
function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

function noteOf(runs: readonly RecordedRun[]): string {
  const days = [...new Set(runs.map(({ began }) => began.slice(0, 10)))].join(', ');
  const cores = [...new Set(runs.map(({ machine }) => machine.cores))].join(', ');
  return `${days}, ${cores} cores; median, least and most of turns`;
}

type PageKind = CompareKind | 'summary';

function beginOf(kind: PageKind): string {
  return `<!-- bench:compare ${kind}: written by the run -->`;
}

/** In place of the part of that kind, else at the end. */
export function withPart(page: string, kind: PageKind, part: string): string {
  const begin = beginOf(kind);
  const end = `<!-- end of ${kind} -->`;
  const text = `${begin}\n\n${part}\n\n${end}`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  if (from === -1 || to === -1) {
    return `${page}${page === '' || page.endsWith('\n\n') ? '' : '\n'}${text}\n`;
  }
  return `${page.slice(0, from)}${text}${page.slice(to + end.length)}`;
}

function partLines(kind: CompareKind, { lines, runs }: NewestLines): string[] {
  const [head = '', rule = ''] = tableHead(kind);
  return [
    `### ${KIND_TITLES[kind]}`,
    '',
    withCell(head, 'run'),
    withCell(rule, '---'),
    ...lines.flatMap(({ line, run }) =>
      tableRows(line, conditionsOf(run)).map((row) => withCell(row, `${run.number}`)),
    ),
    '',
    ...runs.flatMap(runLines),
  ];
}

function withCell(row: string, cell: string): string {
  return `${row} ${cell} |`;
}

function runLines(run: RecordedRun): string[] {
  const { number, began, machine, load, command, versions } = run;
  const why = whyNotJudged(conditionsOf(run));
  const how = command === undefined ? 'its command was not recorded' : `\`${command}\``;
  return [
    `${number}. ${began.slice(0, 16).replace('T', ' ')} UTC, ${machine.cores} cores (${machine.cpu}), ` +
      `${machine.memoryGiB} GiB; load ${load.before.toFixed(1)} before, ${load.after.toFixed(1)} after; ${how}; ` +
      versions.join('; '),
    ...(Math.max(load.before, load.after) > machine.cores + 1
      ? [
          `   The load after it was above ${machine.cores + 1}: others may have used the machine, so take it for an indication.`,
        ]
      : []),
    ...(why === undefined ? [] : [`   Whether aims are met is not judged: ${why}.`]),
  ];
}
