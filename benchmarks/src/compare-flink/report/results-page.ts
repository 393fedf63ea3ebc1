/**
 * The page of `--markdown`: each kind of work has a part of its own, which a run that measures it writes anew; all
 * else in the file stays as it is. Plots go into the folder beside the page that has its name.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { ComparedLine, CompareKind } from './compared-line.ts';
import { conditionsOf, type FactsWithLoad } from './json-results.ts';
import { whyNotJudged } from './judgement.ts';
import { plotsOf } from './scaling-plots.ts';
import { tableHead, tableRows } from './tables.ts';

const TITLES: Readonly<Record<CompareKind, string>> = {
  state: 'State access',
  pipelines: 'Pipelines',
  peers: 'Beside other stream processors',
  scaling: 'CPU time by keys and by parallelism',
  checkpoints: 'Checkpoints, restore, filling',
  memory: 'Memory and start-up',
};

export interface PageFacts extends FactsWithLoad {
  readonly command: string;
}

export function writeToPage(
  path: string,
  kind: CompareKind,
  { lines, facts }: { readonly lines: readonly ComparedLine[]; readonly facts: PageFacts },
): void {
  const folder = basename(path, extname(path));
  const plots = plotsOf(lines, noteOf(facts));
  const links = plots.flatMap(({ name, caption }) => ['', `![${caption}](${folder}/${name}.svg)`]);
  if (plots.length > 0) {
    mkdirSync(join(dirname(path), folder), { recursive: true });
  }
  for (const { name, svg } of plots) {
    writeWhole(join(dirname(path), folder, `${name}.svg`), svg);
  }
  const page = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const part = [...partLines(kind, lines, facts), ...links].join('\n');
  writeWhole(path, withPart(page, kind, part));
}

/** Who reads it sees the old text or the new one. */
function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

function noteOf({ date, quick, machine }: PageFacts): string {
  const sizes = quick ? '; tiny sizes: that it runs, not how fast' : '';
  return `${date.slice(0, 10)}, ${machine.cores} cores; median, least and most of turns${sizes}`;
}

/** In place of the part of that kind, else at the end. */
export function withPart(page: string, kind: CompareKind, part: string): string {
  const begin = `<!-- bench:compare ${kind}: written by the run -->`;
  const end = `<!-- end of ${kind} -->`;
  const text = `${begin}\n\n${part}\n\n${end}`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  if (from === -1 || to === -1) {
    return `${page}${page === '' || page.endsWith('\n\n') ? '' : '\n'}${text}\n`;
  }
  return `${page.slice(0, from)}${text}${page.slice(to + end.length)}`;
}

function partLines(kind: CompareKind, lines: readonly ComparedLine[], facts: PageFacts): string[] {
  const { machine, load } = facts;
  const run = conditionsOf(facts);
  const why = whyNotJudged(run);
  return [
    `### ${TITLES[kind]}`,
    '',
    `${facts.date.slice(0, 10)}, ${machine.cores} cores (${machine.cpu}), ${machine.memoryGiB} GiB; ` +
      `load ${load.before.toFixed(1)} before, ${load.after.toFixed(1)} after; \`${facts.command}\``,
    ...(facts.quick ? ['', 'Tiny sizes (`--quick`): that it runs, not how fast.'] : []),
    ...(Math.max(load.before, load.after) > machine.cores + 1
      ? [
          '',
          'Other work was on the machine: do not take these figures for more than an indication.',
        ]
      : []),
    ...(why === undefined ? [] : ['', `Whether aims are met is not judged: ${why}.`]),
    '',
    facts.versions.join('; '),
    '',
    ...tableHead(kind),
    ...lines.flatMap((line) => tableRows(line, run)),
  ];
}
