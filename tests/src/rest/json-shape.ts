/**
 * What a client relies on in a JSON text: keys, types, how numbers are written, and the form of ids and
 * constants. Two answers of one call have one shape, whatever their figures.
 */

/** Of a scalar: `#long`, `#double`, `#id`, `#constant`, `#text`, `#true`, `#null`; lists and maps hold all that is in them. */
export type Shape =
  | string
  | { readonly kind: 'list'; readonly items: readonly Shape[] }
  | { readonly kind: 'object'; readonly fields: ReadonlyMap<string, Shape> };

/** Numbers are told apart by their text, which `JSON.parse` forgets. */
export function shapeOf(raw: string): Shape {
  const marked = raw.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) => {
    if (token.startsWith('"')) {
      return token;
    }
    return /[.eE]/.test(token) ? '"#double"' : '"#long"';
  });
  return valueShape(JSON.parse(marked));
}

function valueShape(value: unknown): Shape {
  if (Array.isArray(value)) {
    return { kind: 'list', items: distinct(value.map(valueShape)) };
  }
  if (value === null || typeof value === 'boolean') {
    return value === null ? '#null' : '#boolean';
  }
  if (typeof value === 'object') {
    const fields = Object.entries(value).map(
      ([key, field]) => [key.replace(/^[0-9a-f]{32}$/, ':id'), valueShape(field)] as const,
    );
    return { kind: 'object', fields: new Map(fields) };
  }
  return textShape(String(value));
}

function textShape(text: string): Shape {
  if (text === '#long' || text === '#double') {
    return text;
  }
  if (text === 'NaN') {
    return '#double'; // As Jackson writes it.
  }
  if (/^[0-9a-f]{32}$/.test(text)) {
    return '#id';
  }
  return /^[A-Z][A-Z_]+$/.test(text) ? '#constant' : '#text';
}

function distinct(shapes: readonly Shape[]): Shape[] {
  return [...new Map(shapes.map((shape) => [textOf(shape), shape])).values()];
}

function textOf(shape: Shape): string {
  if (typeof shape === 'string') {
    return shape;
  }
  return shape.kind === 'list'
    ? `[${shape.items.map(textOf).join()}]`
    : `{${Array.from(shape.fields, ([key, field]) => `${key}:${textOf(field)}`).join()}}`;
}

/** Each difference as `path: what`; lists are compared by what they hold, and by whether they hold anything. */
export function differences(recorded: Shape, ours: Shape, path = '$'): string[] {
  if (typeof recorded === 'string' || typeof ours === 'string') {
    return textOf(recorded) === textOf(ours)
      ? []
      : [`${path}: recorded ${textOf(recorded)}, here ${textOf(ours)}`];
  }
  if (recorded.kind === 'list' && ours.kind === 'list') {
    if ((recorded.items.length === 0) !== (ours.items.length === 0)) {
      return [
        `${path}[]: ${recorded.items.length === 0 ? 'empty only as recorded' : 'empty only here'}`,
      ];
    }
    return ours.items.flatMap((item) => {
      const least = recorded.items
        .map((candidate) => differences(candidate, item, `${path}[]`))
        .sort((a, b) => a.length - b.length)[0];
      return least ?? [];
    });
  }
  if (recorded.kind === 'object' && ours.kind === 'object') {
    const keys = new Set([...recorded.fields.keys(), ...ours.fields.keys()]);
    return [...keys].flatMap((key) => {
      const [theirs, mine] = [recorded.fields.get(key), ours.fields.get(key)];
      if (theirs === undefined || mine === undefined) {
        return [`${path}.${key}: ${theirs === undefined ? 'only here' : 'only recorded'}`];
      }
      return differences(theirs, mine, `${path}.${key}`);
    });
  }
  return [`${path}: recorded ${recorded.kind}, here ${ours.kind}`];
}
