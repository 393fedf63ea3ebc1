/** Where the page is, as a signal. */
import { type ReadonlySignal, signal } from '@preact/signals';
import { hrefOf, parseRoute, type Route } from './routes.ts';

let followed = location.hash;
const current = signal(parseRoute(followed));
window.addEventListener('hashchange', follow);

export const route: ReadonlySignal<Route> = current;

export function goTo(
  parts: readonly (string | number)[],
  query: Readonly<Record<string, string | undefined>> = {},
): void {
  location.hash = hrefOf(parts, query);
  follow(); // At once: until the event comes, keys would still go to the page that was left.
}

/** Changes the query of this address without a step in the history: filters and choices. */
export function replaceQuery(changes: Readonly<Record<string, string | undefined>>): void {
  const { parts, query } = current.peek();
  history.replaceState(null, '', hrefOf(parts, { ...query, ...changes }));
  follow();
}

function follow(): void {
  if (location.hash !== followed) {
    followed = location.hash;
    current.value = parseRoute(followed);
  }
}
