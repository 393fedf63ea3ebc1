/** The file of `--json`: one list, to which each run appends its lines, and out of which pages are written. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { bySide } from './access-lines.ts';
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
  /** When the line was measured, ISO 8601. */
  readonly date: string;
  /** When its run came to this kind of work: lines of one run have it in common. */
  readonly began: string;
  /** Not known of lines that were recorded before it was. */
  readonly command?: string;
  readonly quick: boolean;
  readonly machine: Readonly<Record<string, string | number>> & { readonly cores: number };
  /** Of the sides, as they name themselves. */
  readonly versions: readonly string[];
  readonly settings: Readonly<Record<string, string | number>>;
  /** Of the last minute, before the kind of work was begun and after the line was measured. */
  readonly load: { readonly before: number; readonly after: number };
}

export interface RecordedLine {
  readonly line: ComparedLine;
  readonly facts: RunFacts;
}

/** An element of the list. A ratio of 2 is twice as good. */
interface JsonResult extends Omit<RunFacts, 'began'> {
  readonly work: string;
  readonly backend: ComparedLine['backend'];
  readonly ours: number;
  readonly flink: number | null;
  readonly unit: string;
  readonly ratio: number | null;
  /** A number is a ratio; an amount that is not to be exceeded says so. */
  readonly aim: number | string | null;
  /** `null` where it is not judged. */
  readonly met: boolean | null;
  readonly kind: ComparedLine['kind'];
  readonly better: ComparedLine['better'];
  readonly samples: Readonly<Record<string, readonly number[]>>;
  readonly peers?: Readonly<Record<string, { readonly figure: number; readonly ratio: number }>>;
  readonly plotted?: ComparedLine['plotted'];
  /** Not known of lines that were recorded before it was. */
  readonly began?: string;
}

const AT_MOST = 'at most ';

export function conditionsOf({
  quick,
  machine,
  load,
}: Pick<RunFacts, 'quick' | 'machine' | 'load'>): RunConditions {
  return { quick, cores: machine.cores, loadBefore: load.before };
}

export function appendToJson(path: string, lines: readonly ComparedLine[], facts: RunFacts): void {
  const own = lines.map((line) => jsonResult(line, facts));
  const text = [...resultsIn(path), ...own].map((result) => JSON.stringify(result)).join(',\n');
  writeFileSync(`${path}.new`, `[\n${text}\n]\n`);
  renameSync(`${path}.new`, path);
}

/**
 * None when the file is not there yet.
 *
 * @throws Error when it holds something else than results
 */
export function recordedLines(path: string): RecordedLine[] {
  const lines: RecordedLine[] = [];
  for (const [index, result] of resultsIn(path).entries()) {
    if (!isResult(result)) {
      throw new Error(`${path}: element ${index} is no line of bench:compare; name another file`);
    }
    lines.push({ line: comparedLine(result), facts: factsOf(result, lines.at(-1)) });
  }
  return lines;
}

function isResult(element: unknown): element is JsonResult {
  const { kind, samples, load } = (element ?? {}) as Partial<JsonResult>;
  return kind !== undefined && samples?.Millrace !== undefined && load !== undefined;
}

function resultsIn(path: string): readonly unknown[] {
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

function jsonResult(line: ComparedLine, facts: RunFacts): JsonResult {
  const flink = bestOfFlink(line);
  const verdict = verdictOf(line, conditionsOf(facts));
  return {
    work: line.work,
    backend: line.backend,
    ours: spreadOf(line.ours).median,
    flink: flink === undefined ? null : spreadOf(flink).median,
    unit: line.unit,
    ratio: ratioOf(line) ?? null,
    aim: aimToJson(line.aim),
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
    ...(line.plotted === undefined ? {} : { plotted: line.plotted }),
    ...facts,
  };
}

/** By name. */
function peersOf(line: ComparedLine, peers: readonly Measured[]): NonNullable<JsonResult['peers']> {
  return Object.fromEntries(
    peers.map((peer) => [
      peer.name,
      { figure: spreadOf(peer).median, ratio: timesAsGood(line, peer) },
    ]),
  );
}

function comparedLine({ samples, peers = {}, ...result }: JsonResult): ComparedLine {
  const { kind, work, backend, unit, better, plotted } = result;
  const figures = Object.entries(samples).map(([name, of]): Measured => ({ name, samples: of }));
  const isPeer = ({ name }: Measured): boolean => Object.hasOwn(peers, name);
  const others = figures.filter(isPeer);
  const aim = aimOf(result.aim);
  return {
    kind,
    work,
    backend,
    unit,
    better,
    ...bySide(figures.filter((figure) => !isPeer(figure))),
    ...(others.length === 0 ? {} : { peers: others }),
    ...(aim === undefined ? {} : { aim }),
    ...(plotted === undefined ? {} : { plotted }),
  };
}

function factsOf(result: JsonResult, before: RecordedLine | undefined): RunFacts {
  const { date, command, quick, machine, versions, settings, load } = result;
  return {
    date,
    began: result.began ?? beganOf(result, before),
    ...(command === undefined ? {} : { command }),
    quick,
    machine,
    versions,
    settings,
    load,
  };
}

/** Of a line that does not say it: one run has one load before it, and its lines stand together. */
function beganOf({ kind, date, load }: JsonResult, before: RecordedLine | undefined): string {
  const isSameRun = before?.line.kind === kind && before.facts.load.before === load.before;
  return isSameRun ? before.facts.began : date;
}

function aimToJson(aim: Aim | undefined): JsonResult['aim'] {
  if (aim === undefined) {
    return null;
  }
  return 'ratio' in aim ? aim.ratio : `${AT_MOST}${aim.atMost}`;
}

function aimOf(aim: JsonResult['aim']): Aim | undefined {
  if (aim === null) {
    return undefined;
  }
  return typeof aim === 'number' ? { ratio: aim } : { atMost: Number(aim.slice(AT_MOST.length)) };
}
