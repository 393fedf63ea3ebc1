/** In which columns the values of a state are, by its kind and type. */
import {
  DoubleSerializer,
  FloatSerializer,
  ListSerializer,
  MapSerializer,
  type StateKind,
  UnionSerializer,
} from '@millrace/core';
import { columnOf, holdsNumbers, holdsTexts, type Values } from '@millrace/state/columns';
import type { ContentsCheck } from './contents-check.ts';
import { ListColumn } from './list-column.ts';
import { MapColumn } from './map-column.ts';
import { UnionColumn } from './union-column.ts';

/** For what a state of this kind holds, by the serializer of all of it. */
export function valuesOf(kind: StateKind, serializer: unknown, check: ContentsCheck): Values {
  if (kind === 'list' && serializer instanceof ListSerializer) {
    const { elementSerializer } = serializer;
    const elements = isUnion(elementSerializer)
      ? new UnionColumn()
      : columnOf([elementSerializer], check.of('element'));
    return new ListColumn(elements, !elementSerializer.isImmutableType);
  }
  if (kind === 'map' && serializer instanceof MapSerializer) {
    const { keySerializer, valueSerializer } = serializer;
    const isShared = areAlike(keySerializer, valueSerializer);
    const userKeys = isShared
      ? columnOf([keySerializer, valueSerializer], check.of('user key', 'user value'))
      : columnOf([keySerializer], check.of('user key'));
    const userValues = isShared ? userKeys : columnOf([valueSerializer], check.of('user value'));
    return new MapColumn(userKeys, userValues, !valueSerializer.isImmutableType, {
      areTexts: holdsTexts(keySerializer),
      check: check.of('user key'),
    });
  }
  return columnOf([serializer], check.of('value'));
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
    return [
      holdsNumbers(elementSerializer),
      isUnion(elementSerializer),
      elementSerializer.isImmutableType,
    ];
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

function isUnion(serializer: unknown): boolean {
  return serializer instanceof UnionSerializer;
}
