/** The shape of a made-up job: operators, edges, how busy each is. */

export interface DemoOperator {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly parallelism: number;
  readonly inputs: readonly { readonly from: string; readonly strategy: string }[];
  /** Records each second, in all. */
  readonly rateIn: number;
  readonly rateOut: number;
  readonly busy: number;
  readonly backPressured: number;
}

type Row = readonly [
  name: string,
  parallelism: number,
  inputs: readonly number[],
  rateIn: number,
  rateOut: number,
  busy: number,
  backPressured: number,
];

const FLIGHTS: readonly Row[] = [
  ['Source: flights -> parse', 4, [], 0, 182_400, 0.21, 0.74],
  ['Source: weather -> latest-per-airport', 2, [], 0, 1250, 0.04, 0],
  ['airports', 4, [0], 182_400, 182_400, 0.97, 0],
  ['delays: TumblingEventTimeWindows(60000)', 4, [2], 182_400, 3120, 0.64, 0],
  ['join-weather', 4, [2, 1], 183_650, 91_200, 0.38, 0.05],
  ['top-airports: SlidingEventTimeWindows(3600000, 60000)', 2, [3], 3120, 18, 0.12, 0],
  [
    'Sink: delays-to-files: Writer -> Sink: delays-to-files: Committer',
    1,
    [5, 4],
    91_218,
    0,
    0.3,
    0,
  ],
];

export function flightsJob(): DemoOperator[] {
  return FLIGHTS.map(operator);
}

/** A layered graph of that many operators; the same one each time. */
export function largeJob(operators: number): DemoOperator[] {
  const random = seeded(20);
  const rows: Row[] = [];
  for (let index = 0; index < operators; index += 1) {
    const inputs = new Set<number>();
    if (index >= 8) {
      inputs.add(Math.max(0, index - 1 - Math.floor(random() * 14)));
      if (random() < 0.3) {
        inputs.add(Math.max(0, index - 1 - Math.floor(random() * 18)));
      }
    }
    const rate = Math.round(10 ** (1 + random() * 4));
    const name = index < 8 ? `Source: topic-${index}` : `operator-${index}: enrich -> filter`;
    rows.push([name, 4, [...inputs], index < 8 ? 0 : rate, rate, random() ** 2, random() ** 6]);
  }
  return rows.map(operator);
}

function operator(
  [name, parallelism, inputs, rateIn, rateOut, busy, backPressured]: Row,
  index: number,
): DemoOperator {
  return {
    id: idOf(index),
    name,
    description: `${name.split(' -> ').join('<br/>+- ')}<br/>`,
    parallelism,
    inputs: inputs.map((from) => ({
      from: idOf(from),
      strategy: from % 2 === 0 ? 'HASH' : 'FORWARD',
    })),
    rateIn,
    rateOut,
    busy,
    backPressured,
  };
}

function idOf(index: number): string {
  return (0xbc764cd8ddf7a0cfn * BigInt(index + 7)).toString(16).padStart(32, '0').slice(-32);
}

export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
}
