/**
 * What the soak sends through a job, and how the end is judged.
 *
 * Each split of the source is a lane, whose records are numbered from 0. All that a lane sent is in
 * windows of so many records, so each window's count and sum are known, and which windows there must be.
 */
import { type TypeInformation, Types } from 'millrace';

export interface Tick {
  readonly key: number;
  readonly lane: number;
  /** Number in its lane; also its event time. */
  readonly n: number;
}

/** A part or the whole of a window of a lane. */
export interface WindowSum {
  readonly lane: number;
  /** The end of the window is the next multiple of the window's size. */
  readonly n: number;
  readonly count: number;
  readonly sum: number;
}

export const TICK: TypeInformation<Tick> = Types.POJO<Tick>('org.millrace.tests.Tick', {
  key: Types.LONG,
  lane: Types.INT,
  n: Types.LONG,
});

export const WINDOW_SUM: TypeInformation<WindowSum> = Types.POJO<WindowSum>(
  'org.millrace.tests.WindowSum',
  { lane: Types.INT, n: Types.LONG, count: Types.LONG, sum: Types.LONG },
);

/** Never reached. */
export const RECORDS_PER_LANE = 1e12;

/** @param keysPerLane - the keys of a lane come in turn, so a key is in each round of its lane once */
export function tickOf(index: number, keysPerLane: number): Tick {
  const lane = Math.floor(index / RECORDS_PER_LANE);
  const n = index % RECORDS_PER_LANE;
  return { key: lane * keysPerLane + (n % keysPerLane), lane, n };
}

export interface SoakVerdict {
  readonly records: number;
  readonly windows: number;
  /** What is wrong, in words; none when nothing was lost and nothing came twice. */
  readonly faults: readonly string[];
}

/**
 * @param lines - `lane,n,count,sum` of every window, in any order; the last one of a lane may be short
 * @param sent - how many records each lane had sent at the end
 */
export function judge(
  lines: readonly string[],
  windowSize: number,
  sent: readonly number[],
): SoakVerdict {
  const lanes = new Map<number, WindowSum[]>(sent.map((_, lane) => [lane, []]));
  for (const line of lines) {
    const [lane, n, count, sum] = line.split(',').map(Number) as [number, number, number, number];
    const windows = lanes.get(lane) ?? [];
    windows.push({ lane, n, count, sum });
    lanes.set(lane, windows);
  }
  const faults: string[] = [];
  let records = 0;
  for (const [lane, windows] of [...lanes].sort(([a], [b]) => a - b)) {
    windows.sort((a, b) => a.n - b.n);
    let ofLane = 0;
    windows.forEach((window, i) => {
      ofLane += window.count;
      const isLast = i === windows.length - 1;
      const fault = faultOf(window, { index: i, isLast, windowSize });
      if (fault !== undefined) {
        faults.push(`lane ${lane}, window ${i}: ${fault}`);
      }
    });
    records += ofLane;
    if (ofLane !== sent[lane]) {
      faults.push(`lane ${lane}: ${ofLane} records came of ${sent[lane] ?? 0} that were sent`);
    }
  }
  return { records, windows: lines.length, faults };
}

function faultOf(
  { n, count, sum }: WindowSum,
  place: { readonly index: number; readonly isLast: boolean; readonly windowSize: number },
): string | undefined {
  const { index, isLast, windowSize } = place;
  const first = index * windowSize;
  if (Math.floor(n / windowSize) !== index) {
    return `it is missing or there twice: the one in its place has record ${n}`;
  }
  if (isLast ? count > windowSize : count !== windowSize) {
    return `${count} records instead of ${windowSize}`;
  }
  const expected = first * count + (count * (count - 1)) / 2;
  return sum === expected ? undefined : `its numbers come to ${sum} instead of ${expected}`;
}
