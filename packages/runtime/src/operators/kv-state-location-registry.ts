/**
 * Which keyed states of a job have a name to be asked for from outside, and where each key group of
 * them is. Nothing serves them yet.
 *
 * Invariant: a name stands for one state of one operator.
 *
 * It lives as long as an attempt of the job. Flink: KvStateRegistry, KvStateLocationRegistry.
 */
import { ConfigError, type KeyGroupRange } from '@millrace/core';

/** One subtask's part of a queryable state. */
export interface KvStateRegistration {
  /** Of the whole job. */
  readonly queryableStateName: string;
  readonly stateName: string;
  readonly operatorId: string;
  readonly operatorName: string;
  readonly subtask: number;
  readonly keyGroupRange: KeyGroupRange;
}

/** Where the parts of a queryable state are. Flink: KvStateLocation. */
export interface KvStateLocation {
  readonly queryableStateName: string;
  readonly stateName: string;
  readonly operatorId: string;
  readonly operatorName: string;
  /** By subtask. */
  readonly parts: readonly {
    readonly subtask: number;
    readonly startKeyGroup: number;
    readonly endKeyGroup: number;
  }[];
}

export class KvStateLocationRegistry {
  private readonly byName = new Map<string, Map<number, KvStateRegistration>>();

  /** @throws ConfigError `QUERYABLE_STATE_NAME_CONFLICT` for a name that stands for another state */
  register(registration: KvStateRegistration): void {
    const { queryableStateName: name } = registration;
    const parts = this.byName.get(name) ?? new Map<number, KvStateRegistration>();
    for (const other of parts.values()) {
      if (
        other.operatorId !== registration.operatorId ||
        other.stateName !== registration.stateName
      ) {
        throw new ConfigError(
          'QUERYABLE_STATE_NAME_CONFLICT',
          `'${name}' is the queryable name of state '${other.stateName}' of operator ` +
            `'${other.operatorName}' and of state '${registration.stateName}' of operator ` +
            `'${registration.operatorName}'; rename one`,
        );
      }
    }
    parts.set(registration.subtask, registration);
    this.byName.set(name, parts);
  }

  get locations(): readonly KvStateLocation[] {
    return Array.from(this.byName.values(), (parts) => locationOf([...parts.values()]));
  }
}

function locationOf(parts: readonly KvStateRegistration[]): KvStateLocation {
  const { queryableStateName, stateName, operatorId, operatorName } =
    parts[0] as KvStateRegistration;
  return {
    queryableStateName,
    stateName,
    operatorId,
    operatorName,
    parts: parts
      .map(({ subtask, keyGroupRange: { startKeyGroup, endKeyGroup } }) => ({
        subtask,
        startKeyGroup,
        endKeyGroup,
      }))
      .sort((a, b) => a.subtask - b.subtask),
  };
}
