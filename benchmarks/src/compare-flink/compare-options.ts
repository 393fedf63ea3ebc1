/** The arguments of `npm run bench:compare`. */
import { parseArgs } from 'node:util';
import type { Group } from './accesses.ts';
import type { Distribution } from './key-order.ts';
import type { PipelineWork } from './pipelines/pipeline-work.ts';
import { PIPELINE_TITLES } from './pipelines/pipeline-work.ts';
import type { ComparedBackendName, CompareKind } from './report/compared-line.ts';
import { COMPARE_KINDS } from './report/summary.ts';

export interface CompareOptions {
  /** Nothing else is done. */
  readonly help: boolean;
  readonly only: readonly CompareKind[];
  readonly backends: readonly ComparedBackendName[];
  /** Tiny sizes: that it runs, not how fast. */
  readonly quick: boolean;
  readonly json?: string;
  /** Written out of `json`, or of `from`. */
  readonly markdown?: string;
  /** Where there are any, nothing is measured. */
  readonly from: readonly string[];
  /** Narrow `state` and `checkpoints`; `keys` picks those of `scaling`. */
  readonly keys?: number;
  readonly groups: readonly Group[];
  readonly distributions: readonly Distribution[];
  /** Narrow `pipelines`; `parallelisms` also `scaling`, `works` also `peers`. */
  readonly works: readonly PipelineWork[];
  readonly parallelisms: readonly number[];
}

/** The user edits the command. */
export class UsageError extends Error {}

export const USAGE: string = `npm run bench:compare -- [OPTIONS]
  --only state|pipelines|scaling|peers|checkpoints|memory
                                              may be given several times; all without it
  --backend heap|rocksdb                      both without it
  --quick                                     tiny sizes: that it runs, not how fast
  --json FILE                                 appends the results to the list in the file
  --markdown FILE                             writes into the page what the file of --json then holds, and plots
                                              into the folder beside it that has its name
  --from FILE                                 measures nothing: --markdown writes what this file holds;
                                              may be given several times, beside --only
  --keys N, --group value|list|map, --distribution uniform|zipf       narrow state and checkpoints;
                                              --keys picks a point of scaling
  --work ${Object.keys(PIPELINE_TITLES).join('|')}, --parallelism 1|2
                                              narrow pipelines; --parallelism scaling, --work peers too
  --help                                      this

How each is measured: benchmarks/README.md`;

const BACKENDS: readonly ComparedBackendName[] = ['heap', 'rocksdb'];
const GROUPS: readonly Group[] = ['value', 'list', 'map'];
const DISTRIBUTIONS: readonly Distribution[] = ['uniform', 'zipf'];
const WORKS = Object.keys(PIPELINE_TITLES) as PipelineWork[];
const LEAST_KEYS = 1000;
const MOST_KEYS = 100_000_000;

const several = { type: 'string', multiple: true } as const;
const OPTIONS = {
  help: { type: 'boolean', short: 'h', default: false },
  only: several,
  backend: several,
  quick: { type: 'boolean', default: false },
  json: { type: 'string' },
  markdown: { type: 'string' },
  from: several,
  keys: { type: 'string' },
  group: several,
  distribution: several,
  work: several,
  parallelism: several,
} as const;

/** What an option narrows; nothing of what is not chosen. */
const NARROWED: Readonly<Record<string, readonly CompareKind[]>> = {
  keys: ['state', 'checkpoints', 'scaling'],
  group: ['state', 'checkpoints'],
  distribution: ['state', 'checkpoints'],
  work: ['pipelines', 'peers'],
  parallelism: ['pipelines', 'scaling'],
};

/** @throws UsageError that says which argument is wrong, and what may stand there */
export function parseCompareOptions(args: readonly string[]): CompareOptions {
  const values = parsed(args);
  checkPage(values);
  const only = oneOf('only', values.only, COMPARE_KINDS);
  checkNarrowing(values, only);
  return {
    help: values.help,
    only,
    backends: oneOf('backend', values.backend, BACKENDS),
    quick: values.quick,
    ...(values.json === undefined ? {} : { json: named('json', values.json) }),
    ...(values.markdown === undefined ? {} : { markdown: named('markdown', values.markdown) }),
    from: (values.from ?? []).map((file) => named('from', file)),
    ...(values.keys === undefined ? {} : { keys: keysOf(values.keys) }),
    groups: oneOf('group', values.group, GROUPS),
    distributions: oneOf('distribution', values.distribution, DISTRIBUTIONS),
    works: oneOf('work', values.work, WORKS),
    parallelisms: oneOf('parallelism', values.parallelism, ['1', '2']).map(Number),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

/** The page is written out of files alone, and holds no figures of tiny sizes. */
function checkPage({
  quick,
  help: _help,
  json,
  markdown,
  from,
  ...narrowing
}: ReturnType<typeof parsed>): void {
  if (markdown !== undefined && json === undefined && from === undefined) {
    throw new UsageError('--markdown has nothing to write; give --json FILE, or --from FILE, too');
  }
  if (markdown !== undefined && quick) {
    throw new UsageError('--markdown takes no figures of --quick; leave one of them out');
  }
  if (from === undefined) {
    return;
  }
  if (markdown === undefined) {
    throw new UsageError('--from has no page to write; give --markdown FILE too');
  }
  const { only: _, ...others } = { json, ...narrowing };
  const idle = Object.entries(others).find(([, value]) => value !== undefined);
  if (idle !== undefined) {
    throw new UsageError(`--from measures nothing; leave out --${idle[0]}`);
  }
}

function checkNarrowing(values: ReturnType<typeof parsed>, only: readonly CompareKind[]): void {
  for (const [name, kinds] of Object.entries(NARROWED)) {
    const isGiven = values[name as keyof typeof values] !== undefined;
    if (isGiven && !kinds.some((kind) => only.includes(kind))) {
      throw new UsageError(
        `--${name} narrows nothing of --only ${only.join(' --only ')}; it is for ${kinds.join(', ')}`,
      );
    }
  }
}

/** All of them without any. */
function oneOf<T extends string>(
  name: string,
  given: readonly string[] | undefined,
  known: readonly T[],
): readonly T[] {
  if (given === undefined) {
    return known;
  }
  const wrong = given.find((value) => !known.includes(value as T));
  if (wrong !== undefined) {
    throw new UsageError(`--${name} '${wrong}'; use ${known.join(', ')}`);
  }
  return known.filter((value) => given.includes(value));
}

function named(name: string, file: string): string {
  if (file === '') {
    throw new UsageError(`--${name} names no file`);
  }
  return file;
}

function keysOf(text: string): number {
  const keys = Number(text);
  if (!/^\d+$/.test(text) || keys < LEAST_KEYS || keys > MOST_KEYS) {
    throw new UsageError(`--keys '${text}'; use a whole number from ${LEAST_KEYS} to ${MOST_KEYS}`);
  }
  return keys;
}
