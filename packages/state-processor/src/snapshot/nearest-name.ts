/** What to say to somebody who named a thing that is not there. */
import { editDistance } from '@millrace/core';

const NAMES_LISTED_MAX = 20;

/** The nearest name, when at most a third of its letters differ; else all of them. */
export function nearestName(given: string, names: readonly string[]): string {
  const distances = names.map((name) => ({ name, distance: editDistance(given, name) }));
  const nearest = distances.sort((a, b) => a.distance - b.distance)[0];
  if (nearest === undefined) {
    return 'it has none';
  }
  if (nearest.distance <= Math.floor(given.length / 3)) {
    return `did you mean '${nearest.name}'?`;
  }
  const listed = names.slice(0, NAMES_LISTED_MAX).map((name) => `'${name}'`);
  const more = names.length - listed.length;
  return `it has ${listed.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
