/**
 * When a part is finished and the next one begins.
 *
 * Size is looked at before each record, so where a part ends depends on the records alone. Unlike
 * Flink, time is looked at when a checkpoint is taken, since a part is not visible earlier anyway.
 *
 * Flink: DefaultRollingPolicy, OnCheckpointRollingPolicy.
 */
import { ConfigError } from '@millrace/core';

export interface RollingPolicy {
  /** A part of at least this size takes no further record; 128 MiB unless set. */
  readonly maxPartSizeBytes?: number;
  /** A part that is older is finished. Never for its age unless set. */
  readonly rolloverIntervalMs?: number;
  /** A part that got no record for longer is finished. Never for that unless set. */
  readonly inactivityIntervalMs?: number;
  /** Every part is finished by the next checkpoint. */
  readonly rollOnCheckpoint?: boolean;
}

export type CheckedRollingPolicy = Required<RollingPolicy>;

/** @throws ConfigError `CONFIG_VALUE_INVALID` */
export function checkRollingPolicy(policy: RollingPolicy): CheckedRollingPolicy {
  const never = Number.POSITIVE_INFINITY;
  return Object.freeze({
    maxPartSizeBytes: positive('maxPartSizeBytes', policy.maxPartSizeBytes, 128 * 1024 * 1024),
    rolloverIntervalMs: positive('rolloverIntervalMs', policy.rolloverIntervalMs, never),
    inactivityIntervalMs: positive('inactivityIntervalMs', policy.inactivityIntervalMs, never),
    rollOnCheckpoint: policy.rollOnCheckpoint ?? false,
  });
}

function positive(name: string, value: number | undefined, unset: number): number {
  if (value !== undefined && !(value > 0)) {
    throw new ConfigError('CONFIG_VALUE_INVALID', `${name} is ${value}; use a number above 0`);
  }
  return value ?? unset;
}
