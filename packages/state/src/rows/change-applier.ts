/**
 * Does changes of one state to what the changes before left of its entries.
 *
 * Invariant: values are decoded only to find their ends, which must be those of their changes.
 *
 * Flink: KvStateChangeApplier and its subclasses, PriorityQueueStateChangeApplier.
 */
import {
  DataOutputView,
  ListSerializer,
  MapSerializer,
  TimerSerializer,
  type TypeSerializer,
} from '@millrace/core';
import type { StateChangeOperation } from '../formats/changelog-change.ts';
import { CompositeKeyFormat } from '../formats/composite-key.ts';
import type { FormatInput } from '../formats/format-input.ts';
import {
  requireSerializerSnapshot,
  type StateMetaInfoSnapshot,
} from '../formats/state-meta-info-snapshot.ts';
import { type ChangedEntry, identityOf, type Part } from './changelog-entry.ts';
import { type Translation, translation } from './changelog-states.ts';
import type { KeyGroupCheck } from './key-group-check.ts';
import type { RowCodec } from './row-codec.ts';

/** The key group that changes are of, and its keys. */
export interface ChangedKeys {
  readonly keyGroup: number;
  readonly serializer: TypeSerializer<unknown>;
  readonly check: KeyGroupCheck;
  readonly numberOfKeyGroups: number;
}

/** What changed of one state. */
export class StateOverlay {
  /** By the identity of the row's key. */
  readonly entries: Map<string, ChangedEntry> = new Map();
  /** Of a map, by key and namespace: nothing that was materialized is left. */
  readonly cleared: Set<string> = new Set();
  /** Of a map, by key and namespace: the identities of its entries. */
  private readonly ofMaps = new Map<string, string[]>();

  /** The entry as the changes so far left it; at first what was materialized. */
  entry(key: Uint8Array): ChangedEntry {
    const identity = identityOf(key);
    let entry = this.entries.get(identity);
    if (entry === undefined) {
      entry = { key, parts: [{ identity }], isWritten: false };
      this.entries.set(identity, entry);
    }
    return entry;
  }

  /** @param parts - what is left of an entry of the map that `scope` is key and namespace of */
  putMapEntry(scope: Uint8Array, key: Uint8Array, parts: Part[]): void {
    const identity = identityOf(key);
    const known = this.entries.get(identity);
    if (known !== undefined) {
      known.parts = parts;
      return;
    }
    this.entries.set(identity, { key, parts, isWritten: false });
    const map = identityOf(scope);
    const identities = this.ofMaps.get(map);
    if (identities === undefined) {
      this.ofMaps.set(map, [identity]);
    } else {
      identities.push(identity);
    }
  }

  /** Takes time for what was put since the map was cleared before, and no more. */
  clearMap(scope: Uint8Array): void {
    const map = identityOf(scope);
    this.cleared.add(map);
    for (const identity of this.ofMaps.get(map) ?? []) {
      this.entries.delete(identity);
    }
    this.ofMaps.delete(map);
  }
}

/** Applies changes that were logged while a state had one type. */
export class ChangeApplier {
  private readonly name: string;
  private readonly overlay: StateOverlay;
  private readonly kind: RowCodec['kind'];
  private readonly merges: boolean;
  private readonly keys: ChangedKeys;
  private readonly namespaceSerializer: TypeSerializer<unknown> | undefined;
  private readonly keyFormat: CompositeKeyFormat<unknown, unknown> | undefined;
  private readonly userKeySerializer: TypeSerializer<unknown> | undefined;
  private readonly contentSerializer: TypeSerializer<unknown>;
  private readonly translateUserKey: Translation | undefined;
  private readonly translateContent: Translation | undefined;
  private readonly output = new DataOutputView();

  constructor(
    state: StateMetaInfoSnapshot,
    of: {
      readonly overlay: StateOverlay;
      /** Of the state's newest type. */
      readonly codec: RowCodec;
      readonly keys: ChangedKeys;
    },
  ) {
    const { codec, keys } = of;
    this.name = state.name;
    this.overlay = of.overlay;
    this.kind = codec.kind;
    const option = state.options.get('KEYED_STATE_TYPE');
    this.merges = option === 'LIST' || option === 'REDUCING' || option === 'AGGREGATING';
    this.keys = keys;
    const whole: unknown = requireSerializerSnapshot(state, 'VALUE_SERIALIZER').restoreSerializer();
    this.contentSerializer = whole as TypeSerializer<unknown>;
    if (codec.kind !== 'timer') {
      const namespace = requireSerializerSnapshot(state, 'NAMESPACE_SERIALIZER');
      this.namespaceSerializer = namespace.restoreSerializer();
      this.keyFormat = new CompositeKeyFormat({
        keySerializer: keys.serializer,
        namespaceSerializer: this.namespaceSerializer,
        numberOfKeyGroups: keys.numberOfKeyGroups,
      });
    }
    if (codec.kind === 'map' && whole instanceof MapSerializer) {
      this.userKeySerializer = whole.keySerializer as TypeSerializer<unknown>;
      this.contentSerializer = whole.valueSerializer as TypeSerializer<unknown>;
      this.translateUserKey = translation(
        this.userKeySerializer,
        codec.userKeySerializer!,
        state.name,
      );
    } else if (codec.kind === 'list' && whole instanceof ListSerializer) {
      this.contentSerializer = whole.elementSerializer as TypeSerializer<unknown>;
    }
    this.translateContent = translation(
      this.contentSerializer,
      codec.contentSerializer,
      state.name,
    );
  }

  apply(operation: StateChangeOperation, input: FormatInput): void {
    switch (this.kind) {
      case 'timer':
        this.applyToTimers(operation, input);
        break;
      case 'map':
        this.applyToMap(operation, input);
        break;
      case 'list':
        this.applyToList(operation, input);
        break;
      case 'value':
        this.applyToValue(operation, input);
    }
  }

  private applyToTimers(operation: StateChangeOperation, input: FormatInput): void {
    if (operation === 'ADD_ELEMENT') {
      for (let left = input.count(this.field('number of timers'), 1); left > 0; left--) {
        this.overlay.entry(this.timer(input)).parts = [NOTHING];
      }
    } else if (operation === 'REMOVE_ELEMENT') {
      this.overlay.entry(this.timer(input)).parts = [];
    } else {
      throw this.unknown(operation, input);
    }
  }

  private applyToValue(operation: StateChangeOperation, input: FormatInput): void {
    const scope = this.scope(input);
    const entry = this.overlay.entry(scope.bytes);
    switch (operation) {
      case 'CLEAR':
        entry.parts = [];
        break;
      case 'SET':
      case 'SET_INTERNAL':
        entry.parts = [this.content(input)];
        break;
      case 'MERGE_NS':
        this.merge(scope, entry, input);
        break;
      default:
        throw this.unknown(operation, input);
    }
  }

  private applyToList(operation: StateChangeOperation, input: FormatInput): void {
    const scope = this.scope(input);
    const entry = this.overlay.entry(scope.bytes);
    switch (operation) {
      case 'CLEAR':
        entry.parts = [];
        break;
      case 'SET':
      case 'SET_INTERNAL':
        entry.parts = this.elements(input);
        break;
      case 'ADD':
        entry.parts.push(...this.elements(input));
        break;
      case 'ADD_ELEMENT':
        entry.parts.push(this.content(input));
        break;
      case 'MERGE_NS':
        this.merge(scope, entry, input);
        break;
      default:
        throw this.unknown(operation, input);
    }
  }

  private applyToMap(operation: StateChangeOperation, input: FormatInput): void {
    const { bytes } = this.scope(input);
    switch (operation) {
      case 'CLEAR':
        this.overlay.clearMap(bytes);
        break;
      case 'ADD':
        for (let left = input.count(this.field('number of entries'), 1); left > 0; left--) {
          const key = this.mapKey(bytes, input);
          const isNull = input.boolean(this.field('null flag'));
          const value = isNull ? NULL_USER_VALUE : this.userValue(input);
          this.overlay.putMapEntry(bytes, key, [value]);
        }
        break;
      case 'ADD_ELEMENT':
      case 'ADD_OR_UPDATE_ELEMENT':
        this.overlay.putMapEntry(bytes, this.mapKey(bytes, input), [this.userValue(input)]);
        break;
      case 'REMOVE_ELEMENT':
        this.overlay.putMapEntry(bytes, this.mapKey(bytes, input), []);
        break;
      default:
        throw this.unknown(operation, input);
    }
  }

  /** What the target has comes first. Flink: AbstractHeapMergingState.mergeNamespaces. */
  private merge(scope: Scope, target: ChangedEntry, input: FormatInput): void {
    if (!this.merges) {
      throw this.unknown('MERGE_NS', input);
    }
    this.namespace(input); // The target once more.
    for (let left = input.count(this.field('number of namespaces'), 1); left > 0; left--) {
      const source = this.overlay.entry(this.compose(scope.key, this.namespace(input)));
      if (source !== target) {
        target.parts.push(...source.parts);
        source.parts = [];
      }
    }
  }

  private scope(input: FormatInput): Scope {
    const start = input.position;
    const value = input.decode(this.field('key'), (view) => this.keys.serializer.deserialize(view));
    this.checkKey(input, value, start);
    const key = Uint8Array.from(input.slice(start, input.position));
    return { key, bytes: this.compose(key, this.namespace(input)) };
  }

  private checkKey(input: FormatInput, key: unknown, at: number): void {
    const { keyGroup, check } = this.keys;
    const reason = check.reasonAgainst(key, keyGroup);
    if (reason !== undefined) {
      throw input.corrupt(this.field('key'), reason, at);
    }
  }

  private timer(input: FormatInput): Uint8Array {
    const start = input.position;
    const timer = input.decode(this.field('timer'), (view) =>
      this.contentSerializer.deserialize(view),
    );
    if ((this.contentSerializer as unknown) instanceof TimerSerializer) {
      this.checkKey(input, (timer as { readonly key: unknown }).key, start);
    }
    const bytes = Uint8Array.from(input.slice(start, input.position));
    return this.translateContent?.(bytes) ?? bytes;
  }

  private namespace(input: FormatInput): Uint8Array {
    return this.piece(input, 'namespace', this.namespaceSerializer!);
  }

  private compose(key: Uint8Array, namespace: Uint8Array): Uint8Array {
    this.keyFormat!.writeBytesAfterPrefix(this.output.reset(), key, namespace);
    return this.output.copyBytes();
  }

  private mapKey(scope: Uint8Array, input: FormatInput): Uint8Array {
    const bytes = this.piece(input, 'user key', this.userKeySerializer!);
    return Buffer.concat([scope, this.translateUserKey?.(bytes) ?? bytes]);
  }

  /** Whether it is null, then the value. */
  private userValue(input: FormatInput): Uint8Array {
    const start = input.position;
    const value = input.decode(this.field('value'), (view) =>
      this.contentSerializer.deserialize(view),
    );
    if (value === null) {
      return NULL_USER_VALUE;
    }
    const bytes = input.slice(start, input.position);
    return Buffer.concat([NOT_NULL, this.translateContent?.(bytes) ?? bytes]);
  }

  private elements(input: FormatInput): Uint8Array[] {
    const elements: Uint8Array[] = [];
    for (let left = input.count(this.field('number of elements'), 1); left > 0; left--) {
      elements.push(this.content(input));
    }
    return elements;
  }

  private content(input: FormatInput): Uint8Array {
    const bytes = this.piece(input, 'value', this.contentSerializer);
    return this.translateContent?.(bytes) ?? bytes;
  }

  /** A copy of the bytes that one value takes. */
  private piece(input: FormatInput, what: string, serializer: TypeSerializer<unknown>): Uint8Array {
    const start = input.position;
    input.decode(this.field(what), (view) => serializer.deserialize(view));
    return Uint8Array.from(input.slice(start, input.position));
  }

  private field(what: string): string {
    return `${what} of state '${this.name}'`;
  }

  private unknown(operation: StateChangeOperation, input: FormatInput): Error {
    return input.corrupt('operation', `${operation} is none of state '${this.name}'`, 0);
  }
}

interface Scope {
  readonly key: Uint8Array;
  /** Key and namespace as they stand in a row. */
  readonly bytes: Uint8Array;
}

const NOTHING = new Uint8Array();
const NOT_NULL = Uint8Array.of(0);
const NULL_USER_VALUE = Uint8Array.of(1);
