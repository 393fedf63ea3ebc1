/**
 * Lists and maps inside one line of text: `a;b;c` and `k1:v1,k2:v2`.
 *
 * An item that holds a separator or a quote is quoted with `'` or `"`; a quote inside is doubled.
 *
 * Flink: StructuredOptionsSplitter.
 */

/** The items between the separators, unquoted; `undefined` when a quote is not closed. */
export function splitQuoted(text: string, separator: string): string[] | undefined {
  const items: string[] = [];
  let position = 0;
  while (position <= text.length) {
    const start = skipSpace(text, position);
    const quote = text[start];
    if (quote === "'" || quote === '"') {
      const quoted = readQuoted(text, start);
      const end = quoted === undefined ? -1 : skipSpace(text, quoted.end);
      if (quoted === undefined || (end < text.length && text[end] !== separator)) {
        return undefined;
      }
      items.push(quoted.item);
      position = end + 1;
    } else {
      const found = text.indexOf(separator, position);
      const end = found < 0 ? text.length : found;
      const item = text.slice(position, end).trim();
      if (item !== '') {
        items.push(item);
      }
      position = end + 1;
    }
  }
  return items;
}

/** Text that `splitQuoted` reads back as the same items. */
export function joinQuoted(items: readonly string[], separator: string): string {
  const special = new RegExp(`[${separator}'"]|^\\s|\\s$|^$`);
  return items
    .map((item) => (special.test(item) ? `'${item.replaceAll("'", "''")}'` : item))
    .join(separator);
}

/** `undefined` when an entry has no `:` or a quote is not closed. */
export function parseMapText(text: string): Record<string, string> | undefined {
  const entries = splitQuoted(text, ',')?.map((entry) => splitPair(entry));
  if (entries === undefined || entries.includes(undefined)) {
    return undefined;
  }
  return Object.fromEntries(entries as [string, string][]);
}

export function formatMapText(map: Readonly<Record<string, string>>): string {
  return joinQuoted(
    Object.entries(map).map((pair) => joinQuoted(pair, ':')),
    ',',
  );
}

function splitPair(entry: string): [string, string] | undefined {
  // An unquoted key ends at the first colon; its value keeps further ones (`k:hdfs://x`).
  if (!entry.startsWith("'") && !entry.startsWith('"')) {
    const colon = entry.indexOf(':');
    const value = colon > 0 ? unquoted(entry.slice(colon + 1).trim()) : undefined;
    return value === undefined ? undefined : [entry.slice(0, colon).trim(), value];
  }
  const pair = splitQuoted(entry, ':');
  return pair?.length === 2 ? [pair[0]!, pair[1]!] : undefined;
}

function unquoted(text: string): string | undefined {
  if (!text.startsWith("'") && !text.startsWith('"')) {
    return text;
  }
  const quoted = readQuoted(text, 0);
  return quoted?.end === text.length ? quoted.item : undefined;
}

function skipSpace(text: string, from: number): number {
  let position = from;
  while (text[position] === ' ' || text[position] === '\t') {
    position += 1;
  }
  return position;
}

function readQuoted(text: string, start: number): { item: string; end: number } | undefined {
  const quote = text[start]!;
  let item = '';
  for (let position = start + 1; position < text.length; position += 1) {
    if (text[position] !== quote) {
      item += text[position];
    } else if (text[position + 1] === quote) {
      item += quote;
      position += 1;
    } else {
      return { item, end: position + 1 };
    }
  }
  return undefined;
}
