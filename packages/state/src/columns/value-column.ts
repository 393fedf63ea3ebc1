/** Which column holds the values, or the keys, of a type. */
import {
  ByteSerializer,
  DoubleSerializer,
  FloatSerializer,
  IntSerializer,
  LongSerializer,
  RestoredLongSerializer,
  ShortSerializer,
} from '@millrace/core';
import { type Column, ObjectColumn } from './column.ts';
import { NumberColumn } from './number-column.ts';

const NUMBERS = [
  LongSerializer,
  RestoredLongSerializer,
  DoubleSerializer,
  IntSerializer,
  ShortSerializer,
  ByteSerializer,
  FloatSerializer,
] as const;

/** @param serializer - of the type; its values are numbers, or most of them, for a column of numbers */
export function columnOf(serializer: unknown): Column {
  return holdsNumbers(serializer) ? new NumberColumn() : new ObjectColumn();
}

export function holdsNumbers(serializer: unknown): boolean {
  return NUMBERS.some((type) => serializer instanceof type);
}
