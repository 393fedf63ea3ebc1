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
      checkSameState(name, other, registration);
    }
    parts.set(registration.subtask, registration);
    this.byName.set(name, parts);
  }

  get locations(): readonly KvStateLocation[] {
    return Array.from(this.byName.values(), (parts) => locationOf([...parts.values()]));
  }
}

type NamedState = Pick<KvStateRegistration, 'stateName' | 'operatorId' | 'operatorName'>;

function checkSameState(name: string, one: NamedState, other: NamedState): void {
  if (one.operatorId !== other.operatorId || one.stateName !== other.stateName) {
    throw new ConfigError(
      'QUERYABLE_STATE_NAME_CONFLICT',
      `'${name}' is the queryable name of state '${one.stateName}' of operator ` +
        `'${one.operatorName}' and of state '${other.stateName}' of operator ` +
        `'${other.operatorName}'; rename one`,
    );
  }
}

/**
 * Of several registries of a job, each with other subtasks.
 *
 * @throws ConfigError `QUERYABLE_STATE_NAME_CONFLICT`
 */
export function mergeKvStateLocations(locations: readonly KvStateLocation[]): KvStateLocation[] {
  const byName = new Map<string, KvStateLocation>();
  for (const location of locations) {
    const { queryableStateName: name } = location;
    const known = byName.get(name);
    if (known !== undefined) {
      checkSameState(name, known, location);
    }
    const parts = [...(known?.parts ?? []), ...location.parts];
    byName.set(name, { ...location, parts: parts.sort((a, b) => a.subtask - b.subtask) });
  }
  return [...byName.values()];
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
