/**
 * First bytes of the parts of a generic value. Only ever added to. Bytes: docs/formats/types.md
 */
export const UNDEFINED = 0;
export const NULL = 1;
export const FALSE = 2;
export const TRUE = 3;
/** Zig-zag base-128, for whole numbers of 31 bits and a sign. */
export const SMALL_INTEGER = 4;
export const DOUBLE = 5;
export const STRING = 6;
export const BIGINT = 7;
export const DATE = 8;
export const ARRAY = 9;
export const OBJECT = 10;
export const MAP = 11;
export const SET = 12;
export const TYPED_ARRAY = 13;
/** What node:v8 serializes: RegExp, Error, ArrayBuffer and other structured-cloneable values. */
export const STRUCTURED = 14;

export interface TypedArrayClass {
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): NodeJS.TypedArray;
}

/** By their index in the bytes. */
export const TYPED_ARRAYS: readonly TypedArrayClass[] = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
];

/** Deeper values are refused: most likely they contain themselves. */
export const DEPTH_MAX = 200;
