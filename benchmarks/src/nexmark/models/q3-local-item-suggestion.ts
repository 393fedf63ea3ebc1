import type { NexmarkEvent, Person } from '../generator/nexmark-events.ts';
import { auctionsOf, peopleOf } from './model-events.ts';

export interface LocalItem {
  readonly name: string;
  readonly city: string;
  readonly state: string;
  /** Of the auction. */
  readonly id: number;
}

const STATES = ['OR', 'ID', 'CA'];

export function localItems(events: Iterable<NexmarkEvent>): LocalItem[] {
  const all = [...events];
  const people = new Map<number, Person>();
  for (const person of peopleOf(all)) {
    people.set(person.id, person);
  }
  const rows: LocalItem[] = [];
  for (const { id, seller, category } of auctionsOf(all)) {
    const person = people.get(seller);
    if (category === 10 && person !== undefined && STATES.includes(person.state)) {
      rows.push({ name: person.name, city: person.city, state: person.state, id });
    }
  }
  return rows;
}
