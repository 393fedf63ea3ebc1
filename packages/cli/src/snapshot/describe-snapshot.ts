/** A snapshot and its operators in words and as JSON. */
import type { Snapshot, SnapshotOperator } from '@millrace/state-processor';
import type { FormatBytes } from '../terminal/sizes.ts';
import { plural } from '../terminal/sizes.ts';

export const ID_DIGITS_SHOWN = 8;

/** Its uid, else its name, else the beginning of its id. */
export function operatorLabel({ uid, name, operatorId }: SnapshotOperator): string {
  return uid ?? name ?? operatorId.slice(0, ID_DIGITS_SHOWN);
}

/** `canonical savepoint`, `full checkpoint`. */
export function snapshotKind({ kind, properties }: Snapshot): string {
  const type = properties?.snapshotType;
  switch (type?.kind) {
    case 'savepoint':
      return `${type.formatType} savepoint`;
    case 'checkpoint':
      return type.name === 'Full Checkpoint' ? 'full checkpoint' : 'checkpoint';
    default:
      return kind;
  }
}

/** `file:/data/savepoint-1: canonical savepoint 3, 5 operators, 1.2 MiB in 4 files`. */
export function snapshotLine(snapshot: Snapshot, formatBytes: FormatBytes): string {
  const { path, checkpointId, operators, sizeBytes, files } = snapshot;
  const sizes = `${formatBytes(sizeBytes)} in ${plural(files.length + 1, 'file')}`;
  return `${path}: ${snapshotKind(snapshot)} ${checkpointId}, ${plural(operators.length, 'operator')}, ${sizes}`;
}

export function snapshotJson(snapshot: Snapshot): object {
  const { path, checkpointId, sizeBytes, metadataSizeBytes, files, properties } = snapshot;
  return {
    path,
    kind: snapshotKind(snapshot),
    checkpointId,
    sizeBytes,
    metadataSizeBytes,
    properties,
    files,
  };
}

export interface StateLine {
  readonly name: string;
  readonly kind: string;
  readonly type: string;
  readonly namespaceType?: string;
  readonly keyType?: string;
  readonly hasTtl?: boolean;
  /** Known without reading for operator state alone. */
  readonly items?: number;
  /** Of keys and values in the canonical layout; only where it was measured. */
  readonly sizeBytes?: number;
}

/** All states of an operator, in one form. */
export function statesOf(operator: SnapshotOperator): StateLine[] {
  const { keyType } = operator;
  const key = keyType === undefined ? {} : { keyType };
  return [
    ...operator.keyedStates.map(({ name, kind, valueType, namespaceType, hasTtl }) => ({
      name,
      kind: kind.toLowerCase(),
      type: valueType,
      namespaceType,
      hasTtl,
      ...key,
    })),
    ...operator.timers.map(({ name, timeDomain, elementType }) => ({
      name,
      kind: timeDomain === undefined ? 'timers' : `${timeDomain}-time timers`,
      type: elementType,
      ...key,
    })),
    ...operator.operatorStates.map(({ name, mode, elementType, keyType: mapKeyType, items }) => ({
      name,
      kind: OPERATOR_STATE_KINDS[mode],
      type:
        mode === 'broadcast'
          ? `Map<${mapKeyType ?? '?'}, ${elementType ?? '?'}>`
          : `List<${elementType ?? '?'}>`,
      items,
    })),
  ];
}

const OPERATOR_STATE_KINDS = {
  'split-distribute': 'operator list',
  union: 'union list',
  broadcast: 'broadcast',
} as const;

export function operatorJson(operator: SnapshotOperator): object {
  const { operatorId, uid, uidFrom, name, parallelism, maxParallelism, isFullyFinished } = operator;
  const { finishedSubtasks, subtasks, coordinatorBytes, keyType, channelState } = operator;
  return {
    operatorId,
    uid,
    uidFrom,
    name,
    parallelism,
    maxParallelism,
    isFullyFinished,
    finishedSubtasks,
    keyType,
    sizeBytes: operator.sizeBytes,
    coordinatorBytes,
    channelState,
    states: statesOf(operator),
    subtasks: subtasks.map(({ keyGroupRange, ...subtask }) => ({
      ...subtask,
      keyGroups:
        keyGroupRange === undefined
          ? undefined
          : [keyGroupRange.startKeyGroup, keyGroupRange.endKeyGroup],
    })),
    problems: operator.problems,
  };
}
