/**
 * Turns of jobs without end: each is checked and warmed up, and stands still while it is not its turn.
 *
 * Invariant: before anything is timed, all sides have given the same results for the same records.
 */
import type { Reply, Side } from '../side.ts';

export interface TurnMeasure {
  /** Of a turn: not measured, and measured. */
  readonly settleMs: number;
  readonly turnMs: number;
}

/** Whoever has turns in a run. */
export interface Participant {
  readonly name: string;
  readonly turn: () => Promise<Reply>;
}

export interface TurnsOf {
  readonly name: string;
  readonly replies: readonly Reply[];
}

/** Of tiny turns, on a machine with much else to do. */
const MOST_EMPTY_TURNS = 20;

/**
 * Leaves them standing still.
 *
 * @throws Error when a side computes something else than the first one
 */
export async function makeReady(
  sides: readonly Side[],
  {
    title,
    checkedRecords,
    warmUp,
  }: {
    readonly title: string;
    readonly checkedRecords: number;
    readonly warmUp: (side: Side) => Promise<void>;
  },
): Promise<void> {
  let expected: Reply | undefined;
  for (const side of sides) {
    const results = await side.ask(`check ${checkedRecords}`);
    expected ??= results;
    sameResults(title, { side: side.name, results, expected });
    await warmUp(side);
    side.hold();
  }
}

/** @throws Error when a side computes something else than the first one, which is the loop by hand if there is one */
export function sameResults(
  title: string,
  of: { readonly side: string; readonly results: Reply; readonly expected: Reply },
): void {
  const { side, results, expected } = of;
  if (results.checksum !== expected.checksum || results.results !== expected.results) {
    const [got, wanted] = [JSON.stringify(results), JSON.stringify(expected)];
    throw new Error(`${title}: ${side} gave ${got}, and the first side ${wanted}`);
  }
}

export async function takeTurns(
  participants: readonly Participant[],
  rounds: number,
): Promise<TurnsOf[]> {
  const turns = participants.map(({ name }) => ({ name, replies: [] as Reply[] }));
  for (let round = 0; round < rounds; round++) {
    for (const [index, { turn }] of participants.entries()) {
      turns[index]?.replies.push(await turn());
    }
  }
  return turns;
}

/** A side that was made ready. */
export function endlessJob(side: Side, measure: TurnMeasure): Participant {
  const turn = async (): Promise<Reply> => {
    side.resume();
    const reply = await turnOf(side, measure);
    side.hold();
    return reply;
  };
  return { name: side.name, turn };
}

/** @throws Error when no record comes any more: the job has failed */
async function turnOf(side: Side, { settleMs, turnMs }: TurnMeasure): Promise<Reply> {
  for (let turn = 0; turn < MOST_EMPTY_TURNS; turn++) {
    const reply = await side.ask(`run ${settleMs} ${turnMs}`);
    if (rateOf(reply) > 0) {
      return reply;
    }
  }
  throw new Error(`${side.name} made no record in ${MOST_EMPTY_TURNS} turns`);
}

/** Records a second. */
export function rateOf(reply: Reply): number {
  return ((reply.operations as number) / (reply.ns as number)) * 1e9;
}
