/**
 * A heap snapshot or canonical savepoint as plain JSON in the form of `expected.json`: read with nothing but what the
 * snapshot itself says of its types.
 */
import '@millrace/avro';
import {
  keyGroupForKeyHash,
  TimeWindow,
  type TypeSerializer,
  type TypeSerializerSnapshot,
} from '@millrace/core';
import {
  type CheckpointMetadata,
  type HeapKeyGroupState,
  keyedStateOf,
  type OpenStateHandle,
  type OperatorState,
  openKeyedState,
  readKeyGroups,
  readOperatorBackendState,
  stateHandleSizeBytes,
} from '@millrace/state';
import type { ExpectedOperator } from './flink-fixtures.ts';

const TIMER_STATE = /^_timer_state\/(event|processing)_/;
const TTL_SNAPSHOT = 'org.apache.flink.runtime.state.ttl.TtlStateFactory$TtlSerializerSnapshot';

/**
 * Of operators with state, by operator id.
 *
 * @param keySerializers - by operator id, where the snapshot does not say which type the keys have
 */
export async function snapshotContent(
  metadata: CheckpointMetadata,
  openStateHandle: OpenStateHandle,
  keySerializers: ReadonlyMap<string, TypeSerializerSnapshot<unknown>> = new Map(),
): Promise<Map<string, ExpectedOperator>> {
  const content = new Map<string, ExpectedOperator>();
  for (const operator of metadata.operatorStates) {
    const keyed = new KeyedContent(operator.maxParallelism);
    await keyed.read(operator, openStateHandle, keySerializers.get(operator.operatorId));
    const operatorStates = await operatorContent(operator, openStateHandle);
    content.set(operator.operatorId, {
      operatorId: operator.operatorId,
      ...(keyed.hasState ? { keyedStates: keyed.keyedStates } : {}),
      ...(keyed.hasTimers ? { timers: keyed.timers } : {}),
      ...(Object.keys(operatorStates).length > 0 ? { operatorStates } : {}),
    });
  }
  return content;
}

interface KeyedStateContent {
  readonly kind: string;
  readonly ttl: boolean;
  count: number;
  readonly entries: unknown[];
}

class KeyedContent {
  readonly keyedStates: Record<string, KeyedStateContent> = {};
  readonly timers: { event: unknown[]; processing: unknown[] } = { event: [], processing: [] };
  hasState = false;
  hasTimers = false;
  private readonly maxParallelism: number;

  constructor(maxParallelism: number) {
    this.maxParallelism = maxParallelism;
  }

  async read(
    operator: OperatorState,
    openStateHandle: OpenStateHandle,
    keySerializer: TypeSerializerSnapshot<unknown> | undefined,
  ): Promise<void> {
    for (const subtask of operator.subtaskStates.values()) {
      const handle = keyedStateOf(subtask);
      if (handle === undefined) {
        continue;
      }
      this.hasState = true;
      const numberOfKeyGroups = this.maxParallelism;
      const reader = await openKeyedState(handle, {
        numberOfKeyGroups,
        openStateHandle,
        ...(keySerializer === undefined ? {} : { keySerializer }),
      });
      const keys = reader.header.keySerializer.restoreSerializer();
      const inStream = 'offsets' in handle ? handle : undefined;
      let end = inStream?.offsets.find((offset) => offset > 0);
      for await (const group of readKeyGroups(reader, { numberOfKeyGroups })) {
        if (inStream !== undefined && group.startOffset !== end) {
          throw new Error(`key group ${group.keyGroup} leaves a gap after byte ${end}`);
        }
        end = group.endOffset;
        for (const state of group.states) {
          this.add(state, keys);
        }
      }
      await reader.close();
      if (
        inStream !== undefined &&
        end !== undefined &&
        end !== stateHandleSizeBytes(inStream.stream)
      ) {
        throw new Error(`bytes are left after the last key group, at ${end}`);
      }
    }
  }

  private add(group: HeapKeyGroupState, keySerializer: TypeSerializer<unknown>): void {
    const timerKind = TIMER_STATE.exec(group.state.name)?.[1] as 'event' | 'processing' | undefined;
    if (timerKind !== undefined) {
      this.hasTimers = true;
      for (const timer of group.elements as {
        key: unknown;
        namespace: unknown;
        timestamp: number;
      }[]) {
        this.checkKeyGroup(timer.key, group.keyGroup, keySerializer);
        const { timestamp } = timer;
        this.timers[timerKind].push({
          key: toJson(timer.key),
          ...namespaceOf(timer.namespace),
          timestamp,
        });
      }
      return;
    }
    const { name, options, serializers } = group.state;
    const ttl = hasTtl(serializers.get('VALUE_SERIALIZER'));
    this.keyedStates[name] ??= {
      kind: options.get('KEYED_STATE_TYPE') ?? '',
      ttl,
      count: 0,
      entries: [],
    };
    const state = this.keyedStates[name];
    for (const { key, namespace, value } of group.entries) {
      this.checkKeyGroup(key, group.keyGroup, keySerializer);
      state.count++;
      state.entries.push({
        key: toJson(key),
        keyGroup: group.keyGroup,
        ...namespaceOf(namespace),
        value: toJson(value),
      });
    }
  }

  /** The hash of a POJO is its own class's, so its key group cannot be computed here. */
  private checkKeyGroup(key: unknown, keyGroup: number, serializer: TypeSerializer<unknown>): void {
    const isPojo = typeof key === 'object' && key !== null && !Array.isArray(key);
    if (isPojo) {
      return;
    }
    const computed = keyGroupForKeyHash(serializer.hashCode(key), this.maxParallelism);
    if (computed !== keyGroup) {
      throw new Error(`key ${JSON.stringify(toJson(key))} is of ${computed}, not ${keyGroup}`);
    }
  }
}

/** TTL wraps the value, or the elements of a list, or the values of a map. */
function hasTtl(snapshot: unknown): boolean {
  const { className, nested = [] } = snapshot as {
    className: string;
    nested?: readonly unknown[];
  };
  return className === TTL_SNAPSHOT || nested.some(hasTtl);
}

function namespaceOf(namespace: unknown): { namespace?: unknown } {
  return namespace instanceof TimeWindow ? { namespace: toJson(namespace) } : {};
}

async function operatorContent(
  operator: OperatorState,
  openStateHandle: OpenStateHandle,
): Promise<Record<string, { kind: string; perSubtask: Record<string, unknown> }>> {
  const states: Record<string, { kind: string; perSubtask: Record<string, unknown> }> = {};
  const put = (name: string, kind: string, subtask: number, value: unknown): void => {
    states[name] ??= { kind, perSubtask: {} };
    states[name].perSubtask[subtask] = value;
  };
  for (const [subtask, { managedOperatorState }] of operator.subtaskStates) {
    if (managedOperatorState !== undefined) {
      const restored = await readOperatorBackendState(managedOperatorState, openStateHandle);
      for (const { name, mode, items } of restored.lists) {
        put(name, mode === 'union' ? 'union-list' : 'split-list', subtask, items.map(toJson));
      }
      for (const { name, entries } of restored.broadcasts) {
        const pairs = [...entries].map(([key, value]) => [String(key), toJson(value)]);
        put(name, 'BROADCAST', subtask, Object.fromEntries(pairs));
      }
    }
  }
  return states;
}

/** As the fixtures spell values: large longs as strings, maps as pairs, bytes as characters. */
export function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (value instanceof Map) {
    return [...value].map((pair) => pair.map(toJson));
  }
  if (value instanceof Uint8Array) {
    return String.fromCharCode(...value);
  }
  if (Array.isArray(value)) {
    return value.map(toJson);
  }
  if (ArrayBuffer.isView(value)) {
    return Array.from(value as unknown as ArrayLike<unknown>, toJson);
  }
  if (typeof value === 'object' && value !== null) {
    if ('lastAccessTimestamp' in value && 'userValue' in value) {
      return toJson(value.userValue);
    }
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, toJson(field)]));
  }
  return value;
}
