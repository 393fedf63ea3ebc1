/**
 * What a program gives a state that is not of its declared type.
 *
 * Invariants:
 * - It costs nothing worth speaking of: columns ask only about what is not surely of their type, and all of what a
 *   state holds is looked at once for each key group.
 *
 * Not found so are later values of types that are neither numbers nor texts, numbers of 32 bits for a narrower type, and
 * those of more in a map of 32 bits under user keys of 64, which share a column: the next checkpoint tells of those.
 */
import { ListSerializer, MapSerializer, type TypeSerializer } from '@millrace/core';
import { checkState, type StateMeta } from '@millrace/state';
import { userKeyOf, type ValueCheck } from '@millrace/state/columns';
import { entriesOf, type ListContents, type MapValue } from './contents.ts';
import type { HeapKeys } from './heap-keys.ts';

type Part = 'value' | 'element' | 'user key' | 'user value';

export class ContentsCheck {
  /** Of now: a restored state has the types of its snapshot until the program declares it. */
  private readonly state: { readonly meta: StateMeta<unknown> };
  private readonly keys: HeapKeys<unknown>;

  constructor(state: { readonly meta: StateMeta<unknown> }, keys: HeapKeys<unknown>) {
    this.state = state;
    this.keys = keys;
  }

  /** For a column in which these parts stand. */
  of(...parts: readonly Part[]): ValueCheck {
    return (value) => this.checkPart(value, parts);
  }

  /** @param value - all that a state holds for a key */
  checkAll(value: unknown): void {
    const { kind, stateSerializer } = this.state.meta;
    if (kind === 'list' && (stateSerializer as unknown) instanceof ListSerializer) {
      this.checkPart((value as ListContents).elements[0], ['element']);
      return;
    }
    if (kind === 'map' && (stateSerializer as unknown) instanceof MapSerializer) {
      const first = entriesOf(value as MapValue).elements[0];
      this.checkPart(first?.userKey, ['user key']);
      this.checkPart(first?.value, ['user value']);
      return;
    }
    this.checkPart(value, ['value']);
  }

  private checkPart(slot: unknown, parts: readonly Part[]): void {
    const { meta } = this.state;
    const isMap = meta.kind === 'map';
    if (isMap && (slot === null || slot === undefined)) {
      return; // As in Flink, where it is the user key that must not be null.
    }
    const keys = this.keys;
    checkState(isMap ? (userKeyOf(slot) ?? slot) : slot, {
      serializers: parts.map((part) => partSerializer(meta.stateSerializer, part)),
      operator: keys.operator,
      state: meta,
      key: keys.keyIfAny,
    });
  }
}

function partSerializer(of: TypeSerializer<unknown>, part: Part): TypeSerializer<unknown> {
  const serializer: unknown = of;
  switch (part) {
    case 'element':
      return (serializer as ListSerializer<unknown>).elementSerializer;
    case 'user key':
      return (serializer as MapSerializer<unknown, unknown>).keySerializer;
    case 'user value':
      return (serializer as MapSerializer<unknown, unknown>).valueSerializer;
    case 'value':
      return of;
  }
}
