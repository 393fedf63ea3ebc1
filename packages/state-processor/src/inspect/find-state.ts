/** States of an operator by the names that people give. */
import { CheckpointError } from '@millrace/core';
import { nearestName } from '../snapshot/nearest-name.ts';
import { labelOf } from '../snapshot/open-snapshot.ts';
import type {
  KeyedStateInfo,
  OperatorStateInfo,
  SnapshotOperator,
  TimerStateInfo,
} from '../snapshot/snapshot.ts';

export type FoundState =
  | { readonly kind: 'keyed'; readonly info: KeyedStateInfo }
  | { readonly kind: 'timers'; readonly info: TimerStateInfo }
  | { readonly kind: 'operator'; readonly info: OperatorStateInfo };

/** @throws CheckpointError `STATE_NOT_IN_SNAPSHOT` that names the nearest */
export function findState(operator: SnapshotOperator, name: string): FoundState {
  const keyed = operator.keyedStates.find((state) => state.name === name);
  if (keyed !== undefined) {
    return { kind: 'keyed', info: keyed };
  }
  const timers = operator.timers.find((state) => state.name === name);
  if (timers !== undefined) {
    return { kind: 'timers', info: timers };
  }
  const info = operator.operatorStates.find((state) => state.name === name);
  if (info !== undefined) {
    return { kind: 'operator', info };
  }
  const names = [...operator.keyedStates, ...operator.timers, ...operator.operatorStates].map(
    (state) => state.name,
  );
  throw new CheckpointError(
    'STATE_NOT_IN_SNAPSHOT',
    `operator '${labelOf(operator)}' has no state '${name}'; ${nearestName(name, names)}`,
  );
}
