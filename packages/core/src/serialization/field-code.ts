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

type Serializers = readonly TypeSerializer<unknown>[];

/** What to throw when a field of `value` could not be written. */
type FieldFailed = (field: number, error: unknown, value: unknown) => unknown;

/** Fields that each have a null flag in front, behind a byte in front of all. */
export interface PojoFields {
  readonly head: number;
  readonly names: readonly string[];
  readonly serializers: Serializers;
  readonly failed: FieldFailed;
}

/** Fields that follow each other. */
export interface TupleFields {
  readonly serializers: Serializers;
  readonly failed: FieldFailed;
}

/** What text of code refers to: `s0`, `s1` and so on are the serializers. */
export interface CodeScope {
  readonly serializers: Serializers;
  readonly names: Readonly<Record<string, unknown>>;
}

/** Statements that write `value` to `bytes` and `view` of `target` from `at` on. */
export interface WritingCode {
  readonly statements: string;
  /** There is room for so many when they begin, and they see to the rest. */
  readonly bytes: number;
  readonly scope: CodeScope;
}

/** Statements that read from `at` on of `bytes` and `view` of `source`, up to `end`. */
export interface ReadingCode {
  readonly statements: string;
  /** The value that they read. */
  readonly result: string;
  readonly scope: CodeScope;
}

let codes = 0;

export function pojoReader<T>(fields: PojoFields): FieldReader<T> {
  const { names, serializers } = fields;
  return (
    codeOf<FieldReader<T>>('readPojo', asReader(pojoReading(fields))) ??
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

export function pojoWriter(fields: PojoFields): FieldWriter {
  const { head, names, serializers, failed } = fields;
  return (
    codeOf<FieldWriter>('writePojo', asWriter(pojoWriting(fields))) ??
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
        throw failed(i, error, value);
      }
    })
  );
}

/** An array. */
export function tupleReader<T>(fields: TupleFields): FieldReader<T> {
  const { serializers } = fields;
  return (
    codeOf<FieldReader<T>>('readTuple', asReader(tupleReading(fields))) ??
    ((source) => serializers.map((serializer) => serializer.deserialize(source)) as T)
  );
}

export function tupleWriter(fields: TupleFields): FieldWriter {
  const { serializers, failed } = fields;
  return (
    codeOf<FieldWriter>('writeTuple', asWriter(tupleWriting(fields))) ??
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

/** With the byte in front, which is the head. */
export function pojoReading({ names, serializers }: PojoFields): ReadingCode {
  const fields = serializers.map((serializer, i) =>
    fieldReading(i, serializer, {
      inPlace: (code) => `if (bytes[at] === 0) { at++; ${code} at--; }`,
      bySerializer: `source.readBoolean() ? null : s${i}.deserialize(source)`,
    }),
  );
  const literal = names.map((name, i) => `${keyOf(name)}: f${i}`).join(', ');
  return {
    statements: ['at++;', ...fields].join('\n  '),
    result: `{ ${literal} }`,
    scope: { serializers, names: IN_PLACE_SCOPE },
  };
}

export function pojoWriting({ head, names, serializers, failed }: PojoFields): WritingCode {
  const fields = names.map(
    (name, i) => `field = ${i};
    const f${i} = value[${JSON.stringify(name)}];
    if (f${i} === null || f${i} === undefined) { bytes[at++] = 1; }
    else { bytes[at++] = 0; ${fieldWriting(i, serializers, 1)} }`,
  );
  return {
    statements: fieldsWriting([`bytes[at++] = ${head};`, ...fields]),
    bytes: 1 + bytesFrom(0, serializers, 1),
    scope: { serializers, names: { ...IN_PLACE_SCOPE, failed } },
  };
}

export function tupleReading({ serializers }: TupleFields): ReadingCode {
  const fields = serializers.map((serializer, i) =>
    fieldReading(i, serializer, {
      inPlace: (code) => code,
      bySerializer: `s${i}.deserialize(source)`,
    }),
  );
  return {
    statements: fields.join('\n  '),
    result: `[${serializers.map((_, i) => `f${i}`).join(', ')}]`,
    scope: { serializers, names: IN_PLACE_SCOPE },
  };
}

export function tupleWriting({ serializers, failed }: TupleFields): WritingCode {
  const fields = serializers.map(
    (_, i) => `field = ${i};
    const f${i} = value[${i}];
    ${fieldWriting(i, serializers, 0)}`,
  );
  return {
    statements: fieldsWriting(fields),
    bytes: bytesFrom(0, serializers, 0),
    scope: { serializers, names: { ...IN_PLACE_SCOPE, failed } },
  };
}

/** A value by itself, of any type. */
export function valueReading(serializer: TypeSerializer<unknown>): ReadingCode {
  return {
    ...tupleReading({ serializers: [serializer], failed: (_, error) => error }),
    result: 'f0',
  };
}

export function valueWriting(serializer: TypeSerializer<unknown>): WritingCode {
  const serializers = [serializer];
  return {
    statements: `const f0 = value; ${fieldWriting(0, serializers, 0)}`,
    bytes: bytesFrom(0, serializers, 0),
    scope: { serializers, names: IN_PLACE_SCOPE },
  };
}

/**
 * A function made from text, whose name tells it in profiles.
 *
 * @param text - an expression
 * @returns `undefined` where code is not made from text
 */
export function codeOf<F>(
  name: string,
  { text, scope: { serializers, names } }: { readonly text: string; readonly scope: CodeScope },
): F | undefined {
  if (serializers.length > FIELDS_MAX) {
    return undefined;
  }
  codes++;
  const parameters = [...serializers.map((_, i) => `s${i}`), ...Object.keys(names)];
  const body = `return ${text};\n//# sourceURL=millrace-${name}-${codes}.js`;
  try {
    return new Function(...parameters, body)(...serializers, ...Object.values(names)) as F;
  } catch (error) {
    if (error instanceof EvalError) {
      return undefined; // The process forbids it.
    }
    throw error;
  }
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

function asReader({ statements, result, scope }: ReadingCode) {
  const text = `(source) => {
  const { buffer: bytes, view } = source;
  const end = bytes.length;
  let at = source.position;
  ${statements}
  source.position = at;
  return ${result};
}`;
  return { text, scope };
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

/** With the name of the field that could not be written. */
function fieldsWriting(fields: readonly string[]): string {
  return `let field = 0;
  try {
    ${fields.join('\n    ')}
  } catch (error) { throw failed(field, error, value); }`;
}

function asWriter({ statements, bytes, scope }: WritingCode) {
  const text = `(value, target) => {
  target.reserve(${bytes});
  let bytes = target.buffer;
  let view = target.view;
  let at = target.position;
  ${statements}
  target.position = at;
}`;
  return { text, scope };
}

/** In a literal, `__proto__` would be the prototype. */
function keyOf(name: string): string {
  const text = JSON.stringify(name);
  return name === '__proto__' ? `[${text}]` : text;
}
