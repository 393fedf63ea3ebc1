import type { NexmarkEvent } from '../generator/nexmark-events.ts';
import type { BidderWindow } from './bidder-window.ts';
import { bidsOf } from './model-events.ts';

const GAP_MS = 10_000;

export function userSessions(events: Iterable<NexmarkEvent>): BidderWindow[] {
  const timesOf = new Map<number, number[]>();
  for (const { bidder, dateTime } of bidsOf(events)) {
    const times = timesOf.get(bidder) ?? [];
    times.push(dateTime);
    timesOf.set(bidder, times);
  }
  return [...timesOf].flatMap(([bidder, times]) =>
    sessions(times.sort((a, b) => a - b)).map((session) => ({
      bidder,
      bidCount: session.length,
      starttime: session[0] as number,
      endtime: (session.at(-1) as number) + GAP_MS,
    })),
  );
}

/** Runs of times, each at most the gap after the one before. */
function sessions(sorted: readonly number[]): number[][] {
  const runs: number[][] = [];
  for (const time of sorted) {
    const run = runs.at(-1);
    if (run !== undefined && time - (run.at(-1) as number) <= GAP_MS) {
      run.push(time);
    } else {
      runs.push([time]);
    }
  }
  return runs;
}
