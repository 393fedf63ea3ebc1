/** The record of every job. Java: lab.jobs.Event. */
import { type TypeInformation, Types } from 'millrace';
import { text } from './text.ts';

export interface Event {
  /** The line of the input that it stands in, so it names the record. */
  readonly seq: number;
  readonly input: string;
  readonly key: string;
  readonly value: number;
  readonly ts: number;
}

export const EVENT: TypeInformation<Event> = Types.POJO<Event>('lab.jobs.Event', {
  seq: Types.INT,
  input: Types.STRING,
  key: Types.STRING,
  value: Types.LONG,
  ts: Types.LONG,
});

/** Depends on the order of what it combines. */
export function digest(a: number, b: number): number {
  return (a * 31 + b) % 1_000_003;
}

/** Depends on the order of the records that it combines. */
export function fold(a: Event, b: Event): Event {
  return { ...a, value: digest(a.value, b.value), ts: Math.max(a.ts, b.ts) };
}

/** Does not depend on the order. */
export function add(a: Event, b: Event): Event {
  const first = a.seq < b.seq ? a : b;
  return { ...first, value: a.value + b.value, ts: Math.max(a.ts, b.ts) };
}

export function summary({ key, seq, value, ts }: Event): string {
  return text(key, `#${seq}`, value, ts);
}

/** In the order of the input. */
export function seqs(events: Iterable<Event>): string {
  const sorted = [...events].map(({ seq }) => seq).sort((a, b) => a - b);
  return `[${sorted.map((seq) => `#${seq}`).join(',')}]`;
}
