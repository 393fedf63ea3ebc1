/** What is said where the keys of a state are asked for that has none, or none that are measured. */
import { ConfigError } from '@millrace/core';
import { findState, type SnapshotOperator } from '@millrace/state-processor';

export interface NamedState {
  readonly jobid: string;
  readonly operatorid: string;
  readonly statename: string;
}

/** @throws ConfigError `UNSUPPORTED` for a list of operator state */
export function checkHasKeys(operator: SnapshotOperator, of: NamedState): void {
  const found = findState(operator, of.statename);
  if (found.kind === 'operator' && found.info.mode !== 'broadcast') {
    throw new ConfigError(
      'UNSUPPORTED',
      `'${of.statename}' is a list of operator state, whose items have no keys; ${pathOf(of)}/${encodeURIComponent(of.statename)}/entries gives them all`,
    );
  }
}

/** @throws ConfigError `UNSUPPORTED` for operator state and timers */
export function checkKeysAreMeasured(operator: SnapshotOperator, of: NamedState): void {
  checkHasKeys(operator, of);
  const { kind } = findState(operator, of.statename);
  if (kind !== 'keyed') {
    const what = kind === 'timers' ? 'holds timers' : 'is a broadcast map';
    throw new ConfigError(
      'UNSUPPORTED',
      `'${of.statename}' ${what}, whose keys are not compared by size; ${pathOf(of)}/sizes tells how large it is`,
    );
  }
}

function pathOf({ jobid, operatorid }: NamedState): string {
  return `/jobs/${jobid}/state/${encodeURIComponent(operatorid)}`;
}
