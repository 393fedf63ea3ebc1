/**
 * Code that reads and writes the fields of one type, one after the other, made from text: each field
 * has a call of its own that only ever sees one serializer, and an object is made by one literal.
 *
 * Each piece of text differs from all others, as functions of equal text share what the engine learns
 * of them. A process that forbids code from text, and a type of very many fields, have loops that do
 * the same.
 */
import type { DataInputView } from './data-input-view.ts';
import type { DataOutputView } from './data-output-view.ts';
import type { TypeSerializer } from './type-serializer.ts';

/** The engine does not optimise what is much longer. */
const FIELDS_MAX = 200;

export type FieldReader<T> = (source: DataInputView) => T;
export type FieldWriter = (value: object, target: DataOutputView) => void;

type Serializers = readonly TypeSerializer<unknown>[];

let codes = 0;

/** An object of fields that each have a null flag in front. */
export function pojoReader<T>(names: readonly string[], serializers: Serializers): FieldReader<T> {
  const fields = names.map(
    (name, i) => `${keyOf(name)}: source.readBoolean() ? null : s${i}.deserialize(source)`,
  );
  const body = `return source => ({\n${fields.join(',\n')}\n});`;
  return (
    codeOf<FieldReader<T>>('readPojo', body, { serializers }) ??
    ((source) => {
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

/** @param failed - what to throw when a field could not be written */
export function pojoWriter(
  names: readonly string[],
  serializers: Serializers,
  failed: (field: number, error: unknown) => unknown,
): FieldWriter {
  const fields = names.map(
    (name, i) => `at = ${i};
    const f${i} = value[${JSON.stringify(name)}];
    if (f${i} === null || f${i} === undefined) { target.writeByte(1); }
    else { target.writeByte(0); s${i}.serialize(f${i}, target); }`,
  );
  return (
    codeOf<FieldWriter>('writePojo', writerBody(fields), { serializers, failed }) ??
    ((value, target) => {
      let i = 0;
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
  const fields = serializers.map((_, i) => `s${i}.deserialize(source)`);
  return (
    codeOf<FieldReader<T>>('readTuple', `return source => [${fields.join(', ')}];`, {
      serializers,
    }) ?? ((source) => serializers.map((serializer) => serializer.deserialize(source)) as T)
  );
}

/**
 * @param refuseNull - throws for a field that is null or undefined
 * @param failed - what to throw when a field could not be written
 */
export function tupleWriter(
  serializers: Serializers,
  refuseNull: (field: unknown) => never,
  failed: (field: number, error: unknown) => unknown,
): FieldWriter {
  const fields = serializers.map(
    (_, i) => `at = ${i};
    const f${i} = value[${i}];
    if (f${i} === null || f${i} === undefined) { refuseNull(f${i}); }
    s${i}.serialize(f${i}, target);`,
  );
  return (
    codeOf<FieldWriter>('writeTuple', writerBody(fields), { serializers, failed, refuseNull }) ??
    ((value, target) => {
      let i = 0;
      try {
        for (; i < serializers.length; i++) {
          const field = (value as unknown[])[i];
          if (field === null || field === undefined) {
            refuseNull(field);
          }
          (serializers[i] as TypeSerializer<unknown>).serialize(field, target);
        }
      } catch (error) {
        throw failed(i, error);
      }
    })
  );
}

function writerBody(fields: readonly string[]): string {
  return `return (value, target) => {
  let at = 0;
  try {
    ${fields.join('\n    ')}
  } catch (error) { throw failed(at, error); }
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
  const names = [...serializers.map((_, i) => `s${i}`), ...Object.keys(rest)];
  try {
    const create = new Function(...names, `${body}\n//# sourceURL=millrace-${name}-${codes}.js`);
    return create(...serializers, ...Object.values(rest)) as F;
  } catch (error) {
    if (error instanceof EvalError) {
      return undefined; // The process forbids it.
    }
    throw error;
  }
}
