/** In which columns the values of a state are, by its kind and type. */
import {
  DoubleSerializer,
  FloatSerializer,
  ListSerializer,
  MapSerializer,
  type StateKind,
} from '@millrace/core';
import { columnOf, holdsNumbers, type Values } from '@millrace/state/columns';
import { ListColumn } from './list-column.ts';
import { MapColumn } from './map-column.ts';

/** For what a state of this kind holds, by the serializer of all of it. */
export function valuesOf(kind: StateKind, serializer: unknown): Values {
  if (kind === 'list' && serializer instanceof ListSerializer) {
    const { elementSerializer } = serializer;
    return new ListColumn(columnOf(elementSerializer), !elementSerializer.isImmutableType);
  }
  if (kind === 'map' && serializer instanceof MapSerializer) {
    const { keySerializer, valueSerializer } = serializer;
    const userKeys = columnOf(keySerializer);
    const userValues = areAlike(keySerializer, valueSerializer)
      ? userKeys
      : columnOf(valueSerializer);
    return new MapColumn(userKeys, userValues, !valueSerializer.isImmutableType);
  }
  return columnOf(serializer);
}

/** True where what one serializer reads may stay in the columns of the other one. */
export function isSameForm(kind: StateKind, serializer: unknown, other: unknown): boolean {
  const [form, otherForm] = [serializer, other].map((each) => formOf(kind, each).join());
  return form === otherForm;
}

/** Of the types that are in columns of their own, what tells the columns apart. */
function formOf(kind: StateKind, serializer: unknown): readonly boolean[] {
  if (kind === 'list' && serializer instanceof ListSerializer) {
    const { elementSerializer } = serializer;
    return [holdsNumbers(elementSerializer), elementSerializer.isImmutableType];
  }
  if (kind === 'map' && serializer instanceof MapSerializer) {
    const { keySerializer, valueSerializer } = serializer;
    const areNumbers = [keySerializer, valueSerializer].map(holdsNumbers);
    return [
      ...areNumbers,
      areAlike(keySerializer, valueSerializer),
      valueSerializer.isImmutableType,
    ];
  }
  return [holdsNumbers(serializer)];
}

/** Whole numbers do not share chunks with fractions, which would make them twice as wide. */
function areAlike(serializer: unknown, other: unknown): boolean {
  return (
    holdsNumbers(serializer) === holdsNumbers(other) &&
    holdsFractions(serializer) === holdsFractions(other)
  );
}

function holdsFractions(serializer: unknown): boolean {
  return serializer instanceof DoubleSerializer || serializer instanceof FloatSerializer;
}
