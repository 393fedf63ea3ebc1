/** The address after `#` and what it means. Each page has one address, so it can be bookmarked and sent. */

export interface Route {
  /** Decoded parts: `#/job/abc/state` is `['job', 'abc', 'state']`. */
  readonly parts: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return {
    parts: path
      .split('/')
      .filter((part) => part !== '')
      .map(decoded),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

export function hrefOf(
  parts: readonly (string | number)[],
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const pairs = Object.entries(query).filter((pair): pair is [string, string] => {
    return pair[1] !== undefined && pair[1] !== '';
  });
  const search = pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
  return `#/${parts.map((part) => encodeURIComponent(part)).join('/')}${search}`;
}

/** A part that is no valid encoding stands for itself: a mistyped address must not end the page. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
