/** The file of `--json`: one list, to which each run appends its lines. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import {
  type Aim,
  bestOfFlink,
  type ComparedLine,
  type Measured,
  ratioOf,
  spreadOf,
  timesAsGood,
} from './compared-line.ts';
import { type RunConditions, verdictOf } from './judgement.ts';

/** What a figure means nothing without. */
export interface RunFacts {
  /** ISO 8601. */
  readonly date: string;
  readonly quick: boolean;
  readonly machine: Readonly<Record<string, string | number>> & { readonly cores: number };
  /** Of the sides, as they name themselves. */
  readonly versions: readonly string[];
  readonly settings: Readonly<Record<string, string | number>>;
}

/** @throws Error when the file is there and holds something else than a list */
export function checkJsonFile(path: string): void {
  resultsIn(path);
}

export interface FactsWithLoad extends RunFacts {
  /** Of the last minute, before these lines were measured and after. */
  readonly load: { readonly before: number; readonly after: number };
}

export function conditionsOf({ quick, machine, load }: FactsWithLoad): RunConditions {
  return { quick, cores: machine.cores, loadBefore: load.before };
}

export function appendToJson(
  path: string,
  lines: readonly ComparedLine[],
  facts: FactsWithLoad,
): void {
  const run = conditionsOf(facts);
  const own = lines.map((line) => ({ ...jsonLine(line, run), ...facts }));
  const results = [...resultsIn(path), ...own];
  const text = results.map((result) => JSON.stringify(result)).join(',\n');
  writeFileSync(`${path}.new`, `[\n${text}\n]\n`);
  renameSync(`${path}.new`, path);
}

function resultsIn(path: string): readonly object[] {
  if (!existsSync(path)) {
    return [];
  }
  let results: unknown;
  try {
    results = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${path} holds no JSON: ${(error as Error).message}`, { cause: error });
  }
  if (!Array.isArray(results)) {
    throw new Error(`${path} holds no list of results; name another file`);
  }
  return results;
}

function jsonLine(line: ComparedLine, run: RunConditions): object {
  const flink = bestOfFlink(line);
  const verdict = verdictOf(line, run);
  return {
    work: line.work,
    backend: line.backend,
    ours: spreadOf(line.ours).median,
    flink: flink === undefined ? null : spreadOf(flink).median,
    unit: line.unit,
    ratio: ratioOf(line) ?? null,
    aim: aimOf(line.aim),
    met: verdict === 'met' ? true : verdict === 'missed' ? false : null,
    kind: line.kind,
    better: line.better,
    samples: Object.fromEntries(
      [
        line.ours,
        ...line.flink,
        ...(line.peers ?? []),
        ...(line.limit === undefined ? [] : [line.limit]),
      ].map(({ name, samples }) => [name, samples]),
    ),
    ...(line.peers === undefined ? {} : { peers: peersOf(line, line.peers) }),
  };
}

/** By name. */
function peersOf(line: ComparedLine, peers: readonly Measured[]): object {
  return Object.fromEntries(
    peers.map((peer) => [
      peer.name,
      { figure: spreadOf(peer).median, ratio: timesAsGood(line, peer) },
    ]),
  );
}

/** A number is a ratio; an amount that is not to be exceeded says so. */
function aimOf(aim: Aim | undefined): number | string | null {
  if (aim === undefined) {
    return null;
  }
  return 'ratio' in aim ? aim.ratio : `at most ${aim.atMost}`;
}
