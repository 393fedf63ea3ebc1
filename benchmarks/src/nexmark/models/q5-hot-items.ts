import type { NexmarkEvent } from '../generator/nexmark-events.ts';
import { bidsOf } from './model-events.ts';

/** An auction that had the most bids in one window. Windows that overlap may give equal rows. */
export interface HotItem {
  readonly auction: number;
  readonly num: number;
}

const SIZE_MS = 10_000;
const SLIDE_MS = 2_000;

export function hotItems(events: Iterable<NexmarkEvent>): HotItem[] {
  const windows = new Map<number, Map<number, number>>();
  for (const { auction, dateTime } of bidsOf(events)) {
    const latest = Math.floor(dateTime / SLIDE_MS) * SLIDE_MS;
    for (let start = latest; start > dateTime - SIZE_MS; start -= SLIDE_MS) {
      const counts = windows.get(start) ?? new Map<number, number>();
      counts.set(auction, (counts.get(auction) ?? 0) + 1);
      windows.set(start, counts);
    }
  }
  return [...windows.values()].flatMap((counts) => {
    const most = Math.max(...counts.values());
    return [...counts]
      .filter(([, num]) => num === most)
      .map(([auction, num]) => ({ auction, num }));
  });
}
