/** Which column holds the values, or the keys, of a type. */
import {
  ByteSerializer,
  DoubleSerializer,
  FloatSerializer,
  IntSerializer,
  LongSerializer,
  RestoredLongSerializer,
  ShortSerializer,
  StringSerializer,
} from '@millrace/core';
import { type Column, ObjectColumn, type ValueCheck } from './column.ts';
import { NumberColumn } from './number-column.ts';

/** The types of numbers, each with the largest one that surely fits if it takes whole ones alone. */
const NUMBERS = [
  [LongSerializer, Number.MAX_SAFE_INTEGER],
  [RestoredLongSerializer, Number.MAX_SAFE_INTEGER],
  [DoubleSerializer, Number.POSITIVE_INFINITY],
  [IntSerializer, 2 ** 31 - 1],
  [ShortSerializer, 2 ** 31 - 1], // Up to 32 bits nothing is checked anyway.
  [ByteSerializer, 2 ** 31 - 1],
  [FloatSerializer, Number.POSITIVE_INFINITY],
] as const;

/**
 * @param serializers - of the types that stand in it, all or none of them numbers
 * @param check - of a value that is not surely of them
 */
export function columnOf(serializers: readonly unknown[], check: ValueCheck): Column {
  if (serializers.every(holdsNumbers)) {
    return new NumberColumn(Math.max(...serializers.map(largestNumber)), check);
  }
  return new ObjectColumn(serializers.every(holdsTexts) ? check : undefined);
}

export function holdsNumbers(serializer: unknown): boolean {
  return NUMBERS.some(([type]) => serializer instanceof type);
}

export function holdsTexts(serializer: unknown): boolean {
  return serializer instanceof StringSerializer;
}

function largestNumber(serializer: unknown): number {
  const found = NUMBERS.find(([type]) => serializer instanceof type);
  return found === undefined ? Number.POSITIVE_INFINITY : found[1];
}
