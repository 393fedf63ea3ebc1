/**
 * State access on all sides, which take turns after each measured iteration.
 *
 * Invariant: before anything is timed, all sides have given the same results for the same accesses, but for
 * those that make state grow.
 */
import type { Group } from './accesses.ts';
import type { Distribution } from './key-order.ts';
import { type AccessSection, type Measure, PASS_OPERATIONS } from './sections.ts';
import type { Reply, Side } from './side.ts';

export interface AccessFigures {
  readonly side: string;
  readonly operationsPerMs: readonly number[];
}

export interface AccessResult {
  readonly group: Group;
  readonly access: string;
  readonly distribution: Distribution;
  readonly figures: readonly AccessFigures[];
  /** Of the accesses that were compared before. */
  readonly checksum: number;
}

export interface SideState {
  readonly side: string;
  readonly what: string;
  readonly setUpMs: number;
  readonly peakMiB: number;
}

export interface GroupResult {
  readonly results: readonly AccessResult[];
  readonly states: readonly SideState[];
}

export async function measureGroup(
  sides: readonly Side[],
  section: AccessSection,
  of: { readonly group: Group; readonly distribution: Distribution },
): Promise<GroupResult> {
  const accesses = section.accesses[of.group] ?? [];
  const setUpMs = new Map<Side, number>();
  for (const side of sides) {
    setUpMs.set(side, ((await side.ask('setup')).ns as number) / 1e6);
  }
  const checksums = new Map<string, number>();
  for (const access of accesses.filter((name) => !PASS_OPERATIONS.has(`${of.group} ${name}`))) {
    const command = `check ${access} ${section.measure.checkedOperations}`;
    checksums.set(access, await sameChecksum(sides, command));
    // What a write left is what a read finds.
    await sameChecksum(sides, `check get ${section.measure.checkedOperations}`);
  }
  const results: AccessResult[] = [];
  for (const access of accesses) {
    const command = commandOf(of.group, access, section.measure);
    const figures = await takeTurns(sides, command, section.measure);
    results.push({ ...of, access, figures, checksum: checksums.get(access) ?? Number.NaN });
  }
  const states: SideState[] = [];
  for (const side of sides) {
    const { peakMiB } = (await side.ask('memory')) as { peakMiB: number };
    states.push({ side: side.name, what: side.what, setUpMs: setUpMs.get(side) ?? 0, peakMiB });
  }
  return { results, states };
}

/** @throws Error when a side computes something else than the first one */
export async function sameChecksum(sides: readonly Side[], command: string): Promise<number> {
  let expected: number | undefined;
  for (const side of sides) {
    const { checksum } = (await side.ask(command)) as { checksum: number };
    expected ??= checksum;
    if (!Object.is(checksum, expected)) {
      const first = sides[0]?.name;
      throw new Error(`'${command}' gave ${checksum} by ${side.name} and ${expected} by ${first}`);
    }
  }
  return expected ?? Number.NaN;
}

async function takeTurns(
  sides: readonly Side[],
  command: string,
  measure: Measure,
): Promise<AccessFigures[]> {
  const figures = sides.map((side) => ({ side: side.name, operationsPerMs: [] as number[] }));
  const warmUps = command.startsWith('pass') ? Math.min(1, measure.warmUps) : measure.warmUps;
  for (let iteration = -warmUps; iteration < measure.iterations; iteration++) {
    for (const [index, side] of sides.entries()) {
      const rate = rateOf(await side.ask(command));
      if (iteration >= 0) {
        figures[index]?.operationsPerMs.push(rate);
      }
    }
  }
  return figures;
}

function rateOf(reply: Reply): number {
  return ((reply.operations as number) / (reply.ns as number)) * 1e6;
}

function commandOf(group: Group, access: string, measure: Measure): string {
  const operations = PASS_OPERATIONS.get(`${group} ${access}`);
  return operations === undefined
    ? `run ${access} ${measure.iterationMs}`
    : `pass ${access} ${Math.min(operations, measure.passOperationsMax)}`;
}
