import type { NexmarkEvent } from '../generator/nexmark-events.ts';
import { auctionsOf, peopleOf } from './model-events.ts';

/** A person who came and began an auction in one window. */
export interface NewSeller {
  readonly id: number;
  readonly name: string;
  /** Start of the window. */
  readonly stime: number;
}

const SIZE_MS = 10_000;

export function newSellers(events: Iterable<NexmarkEvent>): NewSeller[] {
  const all = [...events];
  const sellersIn = new Set<string>();
  for (const { seller, dateTime } of auctionsOf(all)) {
    sellersIn.add(`${windowStart(dateTime)} ${seller}`);
  }
  const rows = new Map<string, NewSeller>();
  for (const { id, name, dateTime } of peopleOf(all)) {
    const stime = windowStart(dateTime);
    if (sellersIn.has(`${stime} ${id}`)) {
      rows.set(`${stime} ${id} ${name}`, { id, name, stime });
    }
  }
  return [...rows.values()];
}

function windowStart(dateTime: number): number {
  return Math.floor(dateTime / SIZE_MS) * SIZE_MS;
}
