/**
 * Compares Millrace with real Flink 1.20.5, and with loops by hand, in one run.
 *
 *     npm run bench:compare -- --only pipelines --backend heap --json results.json --markdown docs/performance.md
 *     npm run bench:compare -- --from results.json --markdown docs/performance.md
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Group } from './accesses.ts';
import { type CompareOptions, parseCompareOptions, USAGE, UsageError } from './compare-options.ts';
import {
  type CompareContext,
  compareSection,
  type Peers,
  preparePeers,
} from './compare-sections.ts';
import { compareMemory } from './memory/measure-memory.ts';
import { comparePeers } from './peers/measure-peers.ts';
import { peerSections } from './peers/peer-sections.ts';
import { comparePipeline } from './pipelines/measure-pipelines.ts';
import { pipelineSections } from './pipelines/pipeline-sections.ts';
import { backendName } from './report/access-lines.ts';
import type { CompareKind } from './report/compared-line.ts';
import {
  appendToJson,
  type RecordedLine,
  type RunFacts,
  recordedLines,
} from './report/json-results.ts';
import { type RunConditions, whyNotJudged } from './report/judgement.ts';
import { writeToPage } from './report/results-page.ts';
import { tableHead, tableRows } from './report/tables.ts';
import { compareScaling } from './scaling/measure-scaling.ts';
import { scalingSections } from './scaling/scaling-sections.ts';
import { BUDGET_BYTES, type Section, sectionsOf } from './sections.ts';
import { HEAP_MIB } from './side-programs.ts';

const WRONG_USAGE = 2;

const options = orWrongUsage(() => parseCompareOptions(process.argv.slice(2)));
if (options.help) {
  print(USAGE);
} else if (options.from.length > 0) {
  writePage(
    options.only,
    orWrongUsage(() => options.from.flatMap(linesOf)),
  );
} else {
  await compareAll(options);
}

async function compareAll({ json, markdown, only }: CompareOptions): Promise<void> {
  // That it can go there is known before it is measured.
  for (const file of [json, markdown]) {
    orWrongUsage(() => checkFolder(file));
  }
  if (json !== undefined) {
    orWrongUsage(() => recordedLines(json));
  }
  // So that the sides end too.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => process.exit(1));
  }
  const peers = await preparePeers(note);
  print('medians (least - most) of turns that the sides take; a ratio of 2 is twice as good');
  for (const kind of only) {
    await compareKind(kind, peers);
    if (json !== undefined) {
      writePage([kind], recordedLines(json));
    }
  }
}

function checkFolder(file: string | undefined): void {
  const folder = dirname(file ?? '.');
  if (!existsSync(folder)) {
    throw new Error(`the folder ${folder} is not there; make it, or name another file`);
  }
}

function linesOf(path: string): RecordedLine[] {
  if (!existsSync(path)) {
    throw new Error(`${path} is not there; name a file that --json wrote`);
  }
  return recordedLines(path);
}

function writePage(kinds: readonly CompareKind[], lines: readonly RecordedLine[]): void {
  if (options.markdown !== undefined) {
    for (const kind of kinds) {
      const written = writeToPage(options.markdown, kind, lines);
      note(`${kind}: ${written} lines written to ${options.markdown}`);
    }
  }
}

async function compareKind(kind: CompareKind, peers: Peers): Promise<void> {
  const began = new Date().toISOString();
  const before = loadavg()[0] as number;
  const versions = new Set<string>(commitOfSources());
  const run: RunConditions = {
    quick: options.quick,
    cores: availableParallelism(),
    loadBefore: before,
  };
  const why = whyNotJudged(run);
  if (why !== undefined) {
    note(`whether aims are met is not judged: ${why}`);
  }
  print(`\n${kind}, load ${before.toFixed(1)}\n\n${tableHead(kind).join('\n')}`);
  const context: CompareContext = {
    ...peers,
    quick: options.quick,
    note,
    report(line) {
      print(tableRows(line, run).join('\n'));
      if (options.json !== undefined) {
        const load = { before, after: loadavg()[0] as number };
        appendToJson(options.json, [line], { ...factsOf([...versions]), began, load });
      }
    },
    version: (what) => versions.add(what),
  };
  await measureKind(kind, context);
}

/** What is measured, where it is known: none outside of a clone. */
function commitOfSources(): string[] {
  const commit = git('rev-parse', '--short', 'HEAD');
  const changed = git('status', '--porcelain', '--', ':/packages', ':/benchmarks/src');
  return commit === undefined ? [] : [`commit ${commit}${changed === '' ? '' : ' and changes'}`];
}

function git(...args: readonly string[]): string | undefined {
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const { status, stdout } = spawnSync('git', args, { cwd, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** Where the results go is nobody's business but the machine's. */
function commandOf(args: readonly string[]): string {
  const files = ['--json', '--markdown'];
  const kept = args.filter(
    (arg, i) => !files.includes(arg.replace(/=.*/, '')) && !files.includes(args[i - 1] ?? ''),
  );
  return ['npm run bench:compare', ...(kept.length > 0 ? ['--'] : []), ...kept].join(' ');
}

/** What fails is said, and fails the run at its end; the rest of a run of hours is measured all the same. */
async function attempt(measure: () => Promise<void>): Promise<void> {
  try {
    await measure();
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`FAILED: ${error instanceof Error ? error.stack : String(error)}\n`);
  }
}

async function measureKind(kind: CompareKind, context: CompareContext): Promise<void> {
  const size = options.quick ? 'quick' : 'full';
  if (kind === 'pipelines') {
    for (const section of pipelineSections(size)) {
      const { work, backend, parallelism } = section;
      if (
        options.backends.includes(backendName(backend)) &&
        options.works.includes(work) &&
        options.parallelisms.includes(parallelism)
      ) {
        await attempt(() => comparePipeline(section, context));
      }
    }
  } else if (kind === 'scaling') {
    const sections = scalingSections(size).filter(
      ({ backend, parallelism, keys }) =>
        options.backends.includes(backendName(backend)) &&
        options.parallelisms.includes(parallelism) &&
        (options.keys === undefined || options.keys === keys),
    );
    if (sections.length === 0) {
      note(`scaling has no point with these options; its numbers of keys: ${pointsOf(size)}`);
    }
    for (const section of sections) {
      await attempt(() => compareScaling(section, context));
    }
  } else if (kind === 'peers') {
    for (const section of peerSections(size)) {
      if (options.works.includes(section.work) && options.backends.includes('heap')) {
        await attempt(() => comparePeers(section, context));
      }
    }
  } else if (kind === 'memory') {
    await attempt(() => compareMemory(options.backends, context));
  } else {
    const sections = sectionsOf(size).filter(
      (section) =>
        section.kind === (kind === 'state' ? 'accesses' : 'checkpoints') &&
        options.backends.includes(backendName(section.backend)) &&
        // With one number of keys for all it would measure again what the other one has.
        (options.keys === undefined || !isOfManyKeys(section)),
    );
    for (const section of sections) {
      await attempt(() => compareSection(narrowed(section), context));
    }
  }
}

function isOfManyKeys(section: Section): boolean {
  return section.kind === 'accesses' && section.isOfManyKeys;
}

function pointsOf(size: 'full' | 'quick'): string {
  return [...new Set(scalingSections(size).map(({ keys }) => keys))].join(', ');
}

function narrowed(section: Section): Section {
  const keys = options.keys ?? section.keys;
  if (section.kind === 'checkpoints') {
    return { ...section, keys };
  }
  const accesses = Object.entries(section.accesses).filter(([name]) =>
    options.groups.includes(name as Group),
  );
  return {
    ...section,
    keys,
    accesses: Object.fromEntries(accesses),
    distributions: section.distributions.filter((name) => options.distributions.includes(name)),
  };
}

function factsOf(versions: readonly string[]): Omit<RunFacts, 'began' | 'load'> {
  return {
    date: new Date().toISOString(),
    command: commandOf(process.argv.slice(2)),
    quick: options.quick,
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      memoryGiB: Math.round(totalmem() / 2 ** 30),
    },
    versions,
    settings: { managedMemoryMiBOfSlot: BUDGET_BYTES / 2 ** 20, stateHeapMiB: HEAP_MIB },
  };
}

/** Said before anything is measured, and the end of the process. */
function orWrongUsage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    if (error instanceof UsageError) {
      process.stderr.write(`${USAGE}\n`);
    }
    process.exit(WRONG_USAGE);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Not among the rows of the table. */
function note(line: string): void {
  process.stderr.write(`  ${line}\n`);
}
