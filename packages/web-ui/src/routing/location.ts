/** Where the page is, as a signal. */
import { type ReadonlySignal, signal } from '@preact/signals';
import { hrefOf, parseRoute, type Route } from './routes.ts';

const current = signal(parseRoute(location.hash));
window.addEventListener('hashchange', () => {
  current.value = parseRoute(location.hash);
});

export const route: ReadonlySignal<Route> = current;

export function goTo(
  parts: readonly (string | number)[],
  query: Readonly<Record<string, string | undefined>> = {},
): void {
  location.hash = hrefOf(parts, query);
}

/** Changes the query of this address without a step in the history: filters and choices. */
export function replaceQuery(changes: Readonly<Record<string, string | undefined>>): void {
  const { parts, query } = current.peek();
  history.replaceState(null, '', hrefOf(parts, { ...query, ...changes }));
  current.value = parseRoute(location.hash);
}
