/**
 * Code that reads and writes the fields of one type, one after the other, made from text: a field of one of the
 * commonest types is read and written in place, each other one has a call of its own that only ever sees one
 * serializer, and an object is made by one literal.
 *
 * Each piece of text differs from all others, as functions of equal text share what the engine learns
 * of them. A process that forbids code from text, and a type of very many fields, have loops that do
 * the same.
 */
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import { IN_PLACE_SCOPE, inPlaceCodeOf } from './in-place-code.ts';
import type { TypeSerializer } from './type-serializer.ts';

/** The engine does not optimise what is much longer. */
const FIELDS_MAX = 200;

export type FieldReader<T> = (source: DataInputView) => T;
export type FieldWriter = (value: object, target: DataOutputView) => void;

interface NamedFields {
  readonly names: readonly string[];
  readonly serializers: Serializers;
}

type Serializers = readonly TypeSerializer<unknown>[];

let codes = 0;

/** An object of fields that each have a null flag in front. A byte in front of all is skipped. */
export function pojoReader<T>({ names, serializers }: NamedFields): FieldReader<T> {
  const fields = serializers.map((serializer, i) =>
    fieldReading(i, serializer, {
      inPlace: (code) => `if (bytes[at] === 0) { at++; ${code} at--; }`,
      bySerializer: `source.readBoolean() ? null : s${i}.deserialize(source)`,
    }),
  );
  const literal = names.map((name, i) => `${keyOf(name)}: f${i}`).join(', ');
  return (
    codeOf<FieldReader<T>>('readPojo', readerBody(1, fields, `{ ${literal} }`), { serializers }) ??
    ((source) => {
      source.position++;
      const value: Record<string, unknown> = {};
      for (let i = 0; i < names.length; i++) {
        value[names[i] as string] = source.readBoolean()
          ? null
          : (serializers[i] as TypeSerializer<unknown>).deserialize(source);
      }
      return value as T;
    })
  );
}

/**
 * @param head - a byte in front of the fields
 * @param failed - what to throw when a field could not be written
 */
export function pojoWriter(
  head: number,
  { names, serializers }: NamedFields,
  failed: (field: number, error: unknown) => unknown,
): FieldWriter {
  const texts = names.map(
    (name, i) => `field = ${i};
    const f${i} = value[${JSON.stringify(name)}];
    if (f${i} === null || f${i} === undefined) { bytes[at++] = 1; }
    else { bytes[at++] = 0; ${fieldWriting(i, serializers, 1)} }`,
  );
  const body = writerBody([`bytes[at++] = ${head};`, ...texts], 1 + bytesFrom(0, serializers, 1));
  return (
    codeOf<FieldWriter>('writePojo', body, { serializers, failed }) ??
    ((value, target) => {
      let i = 0;
      target.writeByte(head);
      try {
        for (; i < names.length; i++) {
          const field = (value as Record<string, unknown>)[names[i] as string];
          if (field === null || field === undefined) {
            target.writeByte(1);
          } else {
            target.writeByte(0);
            (serializers[i] as TypeSerializer<unknown>).serialize(field, target);
          }
        }
      } catch (error) {
        throw failed(i, error);
      }
    })
  );
}

/** An array of fields that follow each other. */
export function tupleReader<T>(serializers: Serializers): FieldReader<T> {
  const fields = serializers.map((serializer, i) =>
    fieldReading(i, serializer, {
      inPlace: (code) => code,
      bySerializer: `s${i}.deserialize(source)`,
    }),
  );
  const literal = serializers.map((_, i) => `f${i}`).join(', ');
  return (
    codeOf<FieldReader<T>>('readTuple', readerBody(0, fields, `[${literal}]`), { serializers }) ??
    ((source) => serializers.map((serializer) => serializer.deserialize(source)) as T)
  );
}

/**
 * @param failed - what to throw when a field of the tuple could not be written
 */
export function tupleWriter(
  serializers: Serializers,
  failed: (field: number, error: unknown, tuple: unknown) => unknown,
): FieldWriter {
  const fields = serializers.map(
    (_, i) => `field = ${i};
    const f${i} = value[${i}];
    ${fieldWriting(i, serializers, 0)}`,
  );
  const body = writerBody(fields, bytesFrom(0, serializers, 0));
  return (
    codeOf<FieldWriter>('writeTuple', body, { serializers, failed }) ??
    ((value, target) => {
      let i = 0;
      try {
        for (; i < serializers.length; i++) {
          (serializers[i] as TypeSerializer<unknown>).serialize((value as unknown[])[i], target);
        }
      } catch (error) {
        throw failed(i, error, value);
      }
    })
  );
}

/** The one at `at` into `f…`, in place where that goes. */
function fieldReading(
  i: number,
  serializer: TypeSerializer<unknown>,
  text: { readonly inPlace: (code: string) => string; readonly bySerializer: string },
): string {
  const code = inPlaceCodeOf(serializer)?.read(`f${i}`, `break read${i};`);
  return `let f${i};
  read${i}: {
    ${code === undefined ? '' : text.inPlace(code)}
    source.position = at;
    f${i} = ${text.bySerializer};
    at = source.position;
  }`;
}

function readerBody(headBytes: number, fields: readonly string[], literal: string): string {
  return `return (source) => {
  const { buffer: bytes, view } = source;
  const end = bytes.length;
  let at = source.position + ${headBytes};
  ${fields.join('\n  ')}
  source.position = at;
  return ${literal};
};`;
}

/**
 * `f…` at `at`, in place where that goes; there is room for all that follow.
 *
 * @param flagBytes - in front of each field
 */
function fieldWriting(i: number, serializers: Serializers, flagBytes: number): string {
  const value = `f${i}`;
  const bytesAfter = bytesFrom(i + 1, serializers, flagBytes);
  const bySerializer = `target.position = at;
      s${i}.serialize(${value}, target);
      target.reserve(${bytesAfter});
      bytes = target.buffer;
      view = target.view;
      at = target.position;`;
  const code = inPlaceCodeOf(serializers[i] as TypeSerializer<unknown>);
  if (code === undefined) {
    return bySerializer;
  }
  const more = code.moreBytes?.(value);
  const room =
    more === undefined
      ? ''
      : `if (at + ${more} + ${code.bytes + bytesAfter} > bytes.length) {
        target.position = at;
        target.reserve(${more} + ${code.bytes + bytesAfter});
        bytes = target.buffer;
        view = target.view;
      }`;
  return `if (${code.takes(value)}) {
      ${room}
      ${code.write(value)}
    } else {
      ${bySerializer}
    }`;
}

/** What the fields from `first` on take in place, but for the letters of texts. */
function bytesFrom(first: number, serializers: Serializers, flagBytes: number): number {
  let bytes = 0;
  for (const serializer of serializers.slice(first)) {
    bytes += flagBytes + (inPlaceCodeOf(serializer)?.bytes ?? 0);
  }
  return bytes;
}

function writerBody(fields: readonly string[], bytes: number): string {
  return `return (value, target) => {
  let field = 0;
  target.reserve(${bytes});
  let bytes = target.buffer;
  let view = target.view;
  let at = target.position;
  try {
    ${fields.join('\n    ')}
  } catch (error) { throw failed(field, error, value); }
  target.position = at;
};`;
}

/** In a literal, `__proto__` would be the prototype. */
function keyOf(name: string): string {
  const text = JSON.stringify(name);
  return name === '__proto__' ? `[${text}]` : text;
}

/** `undefined` where code is not made from text. */
function codeOf<F>(
  name: string,
  body: string,
  scope: { readonly serializers: Serializers } & Readonly<Record<string, unknown>>,
): F | undefined {
  const { serializers, ...rest } = scope;
  if (serializers.length > FIELDS_MAX) {
    return undefined;
  }
  codes++;
  const scopeOfAll = { ...IN_PLACE_SCOPE, ...rest };
  const names = [...serializers.map((_, i) => `s${i}`), ...Object.keys(scopeOfAll)];
  try {
    const create = new Function(...names, `${body}\n//# sourceURL=millrace-${name}-${codes}.js`);
    return create(...serializers, ...Object.values(scopeOfAll)) as F;
  } catch (error) {
    if (error instanceof EvalError) {
      return undefined; // The process forbids it.
    }
    throw error;
  }
}
