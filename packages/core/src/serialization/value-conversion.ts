/**
 * From values as a snapshot's serializer gives them to values as the program's serializer does.
 *
 * Two types with the same bytes may differ in JavaScript, where a long is a number or a bigint; such
 * values go through their bytes. Values whose type evolved are changed by the new snapshot's
 * `migrationFrom`, part by part.
 */
import { isDeepStrictEqual } from 'node:util';
import { DataInputView } from './data-input-view.ts';
import { DataOutputView } from './data-output-view.ts';
import type { TypeSerializer, TypeSerializerSnapshot } from './type-serializer.ts';

/** True when values of one may be used as values of the other. */
function haveSameForm(from: TypeSerializer<unknown>, to: TypeSerializer<unknown>): boolean {
  return from === to || isDeepStrictEqual(from, to);
}

/** Through the bytes, which both agree on; nothing at all when the serializers are equal. */
export function converter<T>(from: TypeSerializer<T>, to: TypeSerializer<T>): (value: T) => T {
  return throughBytes(from as TypeSerializer<unknown>, to) ?? ((value) => value);
}

/**
 * `undefined` when values may stay as they are; null and undefined always may.
 *
 * @param from - must not be incompatible with `to`
 */
export function valueConversion<T>(
  from: TypeSerializerSnapshot<unknown>,
  to: TypeSerializerSnapshot<T>,
): ((value: unknown) => T) | undefined {
  const convert = conversionOf(from, to);
  return (
    convert && ((value) => (value === null || value === undefined ? value : convert(value)) as T)
  );
}

function conversionOf<T>(
  from: TypeSerializerSnapshot<unknown>,
  to: TypeSerializerSnapshot<T>,
): ((value: unknown) => T) | undefined {
  const verdict = to.resolveSchemaCompatibility(from);
  switch (verdict.kind) {
    case 'compatible-as-is':
      return throughBytes(from.restoreSerializer(), to.restoreSerializer());
    case 'compatible-with-reconfigured-serializer':
      return throughBytes(from.restoreSerializer(), verdict.serializer);
    case 'compatible-after-migration':
      return to.migrationFrom?.(from);
    case 'incompatible':
      return undefined;
  }
}

function throughBytes<T>(
  from: TypeSerializer<unknown>,
  to: TypeSerializer<T>,
): ((value: unknown) => T) | undefined {
  if (haveSameForm(from, to as TypeSerializer<unknown>)) {
    return undefined;
  }
  const bytes = new DataOutputView();
  const source = new DataInputView(bytes.buffer);
  return (value) => {
    from.serialize(value, bytes.reset());
    if (source.buffer !== bytes.buffer) {
      source.setBuffer(bytes.buffer); // It has grown.
    }
    source.position = 0;
    return to.deserialize(source);
  };
}

/**
 * Stands for the serializer of a part: its values travel by reference and are converted when they
 * are read. A composite made of these converts its parts and keeps what is around them.
 */
export class PartConversionSerializer implements TypeSerializer<unknown> {
  readonly length = -1;
  readonly isImmutableType = false;
  private readonly convert: ((value: unknown) => unknown) | undefined;
  private readonly parts: unknown[];

  constructor(convert: ((value: unknown) => unknown) | undefined) {
    this.convert = convert;
    this.parts = [];
  }

  serialize(value: unknown, target: DataOutputView): void {
    target.writeInt(this.parts.length);
    this.parts.push(value);
  }

  deserialize(source: DataInputView): unknown {
    const part = this.parts[source.readInt()];
    return this.convert === undefined ? part : this.convert(part);
  }

  /** Forgets the values of the last composite. */
  reset(): void {
    this.parts.length = 0;
  }

  copy(value: unknown): unknown {
    return value;
  }

  hashCode(): number {
    return 0;
  }

  snapshotConfiguration(): never {
    throw new TypeError('a conversion is no part of a snapshot');
  }
}
