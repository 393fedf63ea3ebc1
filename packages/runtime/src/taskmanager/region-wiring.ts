/** What a slot owns that runs a part of the job which no channel leaves. */
import { invariant } from '@millrace/core';
import type { SubtaskAddress } from '../checkpoint/checkpoint-coordinator-gateway.ts';
import { subtaskKey } from '../checkpoint/checkpoint-plan.ts';
import type { RemoteSlots } from './job-wiring.ts';

/** @param remote - where the part spreads over several slots */
export function withinRegion(
  region: readonly SubtaskAddress[],
  remote: RemoteSlots | undefined,
): RemoteSlots {
  const tasks = new Set(region.map(subtaskKey));
  const toNobody = (): never => {
    invariant(false, 'the subtasks of a region exchange records with no others');
  };
  return {
    owns: (task) => tasks.has(subtaskKey(task)) && (remote?.owns(task) ?? true),
    createWriter: (channel) => (remote === undefined ? toNobody() : remote.createWriter(channel)),
    createReader: (address, channel) =>
      remote === undefined ? toNobody() : remote.createReader(address, channel),
  };
}
