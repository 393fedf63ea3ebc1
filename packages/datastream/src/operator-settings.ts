/** What a program may set on an operator, checked at once. */
import { ConfigError, checkMaxParallelism, UPPER_BOUND_MAX_PARALLELISM } from '@millrace/core';
import type { ChainingStrategy } from '@millrace/runtime';
import type { SlotSharingGroup, SlotSharingGroups } from './slot-sharing-group.ts';
import type { OperatorTransformation } from './transformations.ts';

export class OperatorSettings {
  // biome-ignore lint/suspicious/noExplicitAny: settings do not depend on the type of the records.
  private readonly transformation: OperatorTransformation<any>;

  // biome-ignore lint/suspicious/noExplicitAny: settings do not depend on the type of the records.
  constructor(transformation: OperatorTransformation<any>) {
    this.transformation = transformation;
  }

  setUid(uid: string): void {
    this.transformation.uid = uid;
  }

  setUidHash(uidHash: string): void {
    this.transformation.uidHash = uidHash;
  }

  setName(name: string): void {
    this.transformation.name = name;
  }

  setParallelism(parallelism: number): void {
    checkParallelism(parallelism);
    const { parallelismMax, name } = this.transformation;
    if (parallelism > parallelismMax) {
      throw new ConfigError(
        'PARALLELISM_OUT_OF_RANGE',
        `parallelism of '${name}' is ${parallelism}; it can only be ${parallelismMax}`,
      );
    }
    this.transformation.parallelism = parallelism;
    this.transformation.parallelismConfigured = true;
  }

  /** For good: a parallelism other than 1 is refused from now on. */
  forceNonParallel(): void {
    this.transformation.parallelism = 1;
    this.transformation.maxParallelism = 1;
    this.transformation.parallelismMax = 1;
  }

  setMaxParallelism(maxParallelism: number): void {
    checkMaxParallelism(maxParallelism);
    this.transformation.maxParallelism = maxParallelism;
  }

  setDescription(description: string): void {
    this.transformation.description = description;
  }

  setBufferTimeout(timeoutMs: number): void {
    this.transformation.bufferTimeoutMs = checkedBufferTimeout(timeoutMs);
  }

  setChainingStrategy(strategy: ChainingStrategy): void {
    this.transformation.chainingStrategy = strategy;
  }

  setSlotSharingGroup(group: string | SlotSharingGroup, groups: SlotSharingGroups): void {
    this.transformation.slotSharingGroup =
      typeof group === 'string' ? group : groups.register(group);
  }
}

/** @throws ConfigError `CONFIG_VALUE_INVALID` */
export function checkedBufferTimeout(timeoutMs: number): number {
  if (!Number.isInteger(timeoutMs) || timeoutMs < -1) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `the buffer timeout is ${timeoutMs}; use whole milliseconds, 0 for at once, -1 for never`,
    );
  }
  return timeoutMs;
}

/** @throws ConfigError `PARALLELISM_OUT_OF_RANGE` */
export function checkParallelism(parallelism: number): void {
  const whole = Number.isInteger(parallelism);
  if (!whole || parallelism < 1 || parallelism > UPPER_BOUND_MAX_PARALLELISM) {
    throw new ConfigError(
      'PARALLELISM_OUT_OF_RANGE',
      `parallelism is ${parallelism}; use 1 to ${UPPER_BOUND_MAX_PARALLELISM}`,
    );
  }
}
