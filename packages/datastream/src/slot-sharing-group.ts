/**
 * Operators whose subtasks share slots, and what such a slot needs.
 *
 * Invariant: operators of different groups are never chained.
 *
 * The local deployment has no slots to fit things into: there the resources are only checked.
 *
 * Flink: SlotSharingGroup.
 */
import { ConfigError } from '@millrace/core';

export interface SlotResources {
  /** Above 0. */
  readonly cpuCores: number;
  /** Text with a unit, as `100 mb`. */
  readonly taskHeapMemory: string;
  readonly taskOffHeapMemory?: string;
  readonly managedMemory?: string;
  readonly externalResources?: Readonly<Record<string, number>>;
}

export class SlotSharingGroup {
  readonly name: string;
  /** `undefined`: whatever there is. */
  readonly resources: SlotResources | undefined;

  /** @throws ConfigError `CONFIG_VALUE_INVALID` for resources without cores or heap memory */
  constructor(name: string, resources?: SlotResources) {
    if (resources !== undefined && !(resources.cpuCores > 0 && resources.taskHeapMemory)) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `slot sharing group '${name}' names resources without cpuCores or without taskHeapMemory; ` +
          'give both, or no resources',
      );
    }
    this.name = name;
    this.resources = resources;
  }
}

/** The groups of a program by name. */
export class SlotSharingGroups {
  private readonly byName = new Map<string, SlotSharingGroup>();

  /**
   * @returns the name
   * @throws ConfigError `INVALID_GRAPH` when the group is known with other resources
   */
  register(group: SlotSharingGroup): string {
    const known = this.byName.get(group.name);
    const differs = JSON.stringify(known?.resources) !== JSON.stringify(group.resources);
    if (known !== undefined && differs) {
      throw new ConfigError(
        'INVALID_GRAPH',
        `slot sharing group '${group.name}' is given two different resources; ` +
          'use one SlotSharingGroup for all its operators',
      );
    }
    this.byName.set(group.name, group);
    return group.name;
  }
}
