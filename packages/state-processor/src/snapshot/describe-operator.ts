/** One operator of a snapshot, from its handles and the heads of its state. */
import {
  errorCode,
  errorMessage,
  type TypeSerializerSnapshot,
  typeDescription,
} from '@millrace/core';
import {
  type KeyedStateHandle,
  keyedStateOf,
  type OpenStateHandle,
  type OperatorState,
  type OperatorStateDistributionMode,
  type OperatorSubtaskState,
  type StateMetaInfoSnapshot,
  stateHandleSizeBytes,
} from '@millrace/state';
import { keyedStateBytes } from './describe-files.ts';
import { readKeyedStateHead, readOperatorStateHead, type StateHead } from './keyed-state-head.ts';
import type { KnownUid } from './known-uids.ts';
import type {
  KeyedStateInfo,
  KeyedStateLayout,
  OperatorStateInfo,
  SnapshotOperator,
  SnapshotProblem,
  SnapshotSubtask,
  TimerStateInfo,
} from './snapshot.ts';
import { hasTtl } from './state-serializers.ts';

const TIMER_STATE = /^_timer_state\/(event|processing)_(.*)$/;
const UNKNOWN_TYPE = '?';

export async function describeOperator(
  state: OperatorState,
  uid: KnownUid,
  openStateHandle: OpenStateHandle,
): Promise<SnapshotOperator> {
  const { operatorId, parallelism, maxParallelism } = state;
  const heads = new OperatorHeads(operatorId);
  const subtasks: SnapshotSubtask[] = [];
  for (const [index, subtask] of state.subtaskStates) {
    const compressed = await heads.add(index, subtask, { openStateHandle, maxParallelism });
    subtasks.push(describeSubtask(index, subtask, compressed));
  }
  subtasks.sort((a, b) => a.index - b.index);
  const coordinatorBytes = state.coordinatorState?.data.length ?? 0;
  const channelState = channelStateOf(state);
  return {
    operatorId,
    ...uid,
    name: state.name,
    parallelism,
    maxParallelism,
    isFullyFinished: state.fullyFinished,
    finishedSubtasks: subtasks.filter(({ isFinished }) => isFinished).map(({ index }) => index),
    subtasks,
    coordinatorBytes,
    keyType: heads.keyType,
    keySerializer: heads.keySerializer,
    keyedStates: heads.keyedStates(),
    timers: heads.timers(),
    operatorStates: heads.operatorStates(countedStates(state)),
    channelState,
    sizeBytes: subtasks.reduce((sum, subtask) => sum + bytesOf(subtask), coordinatorBytes),
    problems: heads.problems,
    state,
  };
}

function bytesOf(subtask: SnapshotSubtask): number {
  const { keyedBytes, operatorBytes, rawKeyedBytes, rawOperatorBytes, channelBytes } = subtask;
  return keyedBytes + operatorBytes + rawKeyedBytes + rawOperatorBytes + channelBytes;
}

function describeSubtask(
  index: number,
  subtask: OperatorSubtaskState,
  isCompressed: boolean,
): SnapshotSubtask {
  const { managedKeyedState, managedOperatorState, rawOperatorState } = subtask;
  const channels = [...subtask.inputChannelState, ...subtask.resultSubpartitionState];
  return {
    index,
    isFinished: subtask.finished,
    keyGroupRange: managedKeyedState?.keyGroupRange,
    keyedLayout: managedKeyedState && layoutOf(managedKeyedState),
    isCompressed,
    keyedBytes: keyedStateBytes(managedKeyedState),
    operatorBytes: managedOperatorState ? stateHandleSizeBytes(managedOperatorState.delegate) : 0,
    rawKeyedBytes: keyedStateBytes(subtask.rawKeyedState),
    rawOperatorBytes: rawOperatorState ? stateHandleSizeBytes(rawOperatorState.delegate) : 0,
    channelBytes: channels.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

export function layoutOf(handle: KeyedStateHandle): KeyedStateLayout {
  switch (handle.kind) {
    case 'key-groups':
      return 'heap';
    case 'key-groups-savepoint':
      return 'canonical';
    case 'incremental-remote':
      return 'rocksdb';
    default:
      return 'changelog';
  }
}

function channelStateOf(state: OperatorState): SnapshotOperator['channelState'] {
  let inputHandles = 0;
  let outputHandles = 0;
  let sizeBytes = 0;
  for (const { inputChannelState, resultSubpartitionState } of state.subtaskStates.values()) {
    inputHandles += inputChannelState.length;
    outputHandles += resultSubpartitionState.length;
    for (const handle of [...inputChannelState, ...resultSubpartitionState]) {
      sizeBytes += handle.sizeBytes;
    }
  }
  return { inputHandles, outputHandles, sizeBytes };
}

/** The states of all subtasks by name: a subtask may lack one that it never used. */
export class OperatorHeads {
  keySerializer: TypeSerializerSnapshot<unknown> | undefined;
  readonly problems: SnapshotProblem[] = [];
  private readonly operatorId: string;
  private readonly keyed = new Map<string, StateMetaInfoSnapshot>();
  private readonly operator = new Map<string, StateMetaInfoSnapshot>();
  private readonly told = new Set<string>();

  constructor(operatorId: string) {
    this.operatorId = operatorId;
  }

  /** @returns whether its keyed state is compressed */
  async add(
    index: number,
    subtask: OperatorSubtaskState,
    options: { readonly openStateHandle: OpenStateHandle; readonly maxParallelism: number },
  ): Promise<boolean> {
    const { managedOperatorState } = subtask;
    const keyedState = keyedStateOf(subtask);
    let compressed = false;
    if (keyedState !== undefined) {
      const head = await readKeyedStateHead(keyedState, {
        openStateHandle: options.openStateHandle,
        numberOfKeyGroups: options.maxParallelism,
      });
      this.addKeyed(head, index);
      compressed = head.compressed;
    }
    if (managedOperatorState !== undefined) {
      const head = await readOperatorStateHead(managedOperatorState, options.openStateHandle);
      this.addOperator(head, index);
    }
    return compressed;
  }

  addKeyed(head: StateHead, subtask: number): void {
    this.keySerializer ??= head.keySerializer;
    this.take(head, this.keyed, subtask);
  }

  addOperator(head: StateHead, subtask: number): void {
    this.take(head, this.operator, subtask);
  }

  /** Readable; `undefined` where it is unknown. */
  get keyType(): string | undefined {
    return this.keySerializer && typeDescription(this.keySerializer);
  }

  keyedStates(): KeyedStateInfo[] {
    const infos: KeyedStateInfo[] = [];
    for (const metaInfo of this.keyed.values()) {
      if (metaInfo.backendStateType === 'KEY_VALUE') {
        const value = metaInfo.serializers.get('VALUE_SERIALIZER');
        infos.push({
          name: metaInfo.name,
          kind: metaInfo.options.get('KEYED_STATE_TYPE') ?? UNKNOWN_TYPE,
          namespaceType: describe(metaInfo.serializers.get('NAMESPACE_SERIALIZER')),
          valueType: describe(value),
          hasTtl: value !== undefined && hasTtl(value),
          metaInfo,
        });
      }
    }
    return infos.sort(byName);
  }

  timers(): TimerStateInfo[] {
    const infos: TimerStateInfo[] = [];
    for (const metaInfo of this.keyed.values()) {
      if (metaInfo.backendStateType === 'PRIORITY_QUEUE') {
        const { name } = metaInfo;
        const [, timeDomain, service] = TIMER_STATE.exec(name) ?? [];
        infos.push({
          name,
          service: service ?? name,
          timeDomain: timeDomain as TimerStateInfo['timeDomain'],
          elementType: describe(metaInfo.serializers.get('VALUE_SERIALIZER')),
          metaInfo,
        });
      }
    }
    return infos.sort(byName);
  }

  /** @param counted - of each subtask that has the state, whatever is known of its type */
  operatorStates(counted: Iterable<CountedState>): OperatorStateInfo[] {
    const found = new Map<string, Omit<CountedState, 'name'>>();
    for (const { name, mode, items } of counted) {
      found.set(name, { mode, items: (found.get(name)?.items ?? 0) + items });
    }
    return Array.from(found, ([name, { mode, items }]) => {
      const metaInfo = this.operator.get(name);
      const key = metaInfo?.serializers.get('KEY_SERIALIZER');
      const element = metaInfo?.serializers.get('VALUE_SERIALIZER');
      return {
        name,
        mode,
        elementType: element && describe(element),
        keyType: key && describe(key),
        items,
        metaInfo,
      };
    }).sort(byName);
  }

  private take(head: StateHead, into: Map<string, StateMetaInfoSnapshot>, subtask: number): void {
    for (const state of head.states) {
      if (!into.has(state.name)) {
        into.set(state.name, state);
      }
    }
    if (head.error !== undefined) {
      const message = errorMessage(head.error);
      if (!this.told.has(message)) {
        this.told.add(message);
        const code = errorCode(head.error) ?? 'SNAPSHOT_CORRUPT';
        this.problems.push({ code, message, operatorId: this.operatorId, subtask });
      }
    }
  }
}

export interface CountedState {
  readonly name: string;
  readonly mode: OperatorStateDistributionMode;
  /** Of a broadcast state 1. */
  readonly items: number;
}

/** As the handles say. */
function* countedStates(state: OperatorState): Generator<CountedState, void, undefined> {
  for (const { managedOperatorState } of state.subtaskStates.values()) {
    for (const [name, { mode, offsets }] of managedOperatorState?.stateNameToPartitionOffsets ??
      []) {
      yield { name, mode, items: offsets.length };
    }
  }
}

function describe(snapshot: TypeSerializerSnapshot<unknown> | undefined): string {
  return snapshot === undefined ? UNKNOWN_TYPE : typeDescription(snapshot);
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}
