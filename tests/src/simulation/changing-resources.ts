/**
 * The slots of one process, which come and go, and the resource requirements of its job, which are
 * changed on its way.
 *
 * Each change comes at its simulated time: while the job waits for slots, runs, takes a checkpoint, or is
 * in the middle of a restart or rescale.
 */
import { AvailableSlots, type JobClient } from '@millrace/runtime';
import type { SimulatedProcess } from './simulated-process.ts';
import type { AdaptivePlan, ResourceChange } from './simulation-plan.ts';

export class ChangingResources {
  readonly slots: AvailableSlots;
  /** Once the job was accepted. */
  client: JobClient | undefined;
  private readonly process: SimulatedProcess;

  constructor(plan: AdaptivePlan, process: SimulatedProcess) {
    this.process = process;
    const now = process.clock.now();
    const before = plan.changes.filter(({ atMs }) => atMs <= now);
    this.slots = new AvailableSlots(
      before.reduce(
        (slots, change) => ('slots' in change ? change.slots : slots),
        plan.slotsAtFirst,
      ),
    );
    for (const change of plan.changes.slice(before.length)) {
      process.clock.setTimer(change.atMs - now, () => this.take(change));
    }
  }

  private take(change: ResourceChange): void {
    const { client, process } = this;
    if ('slots' in change) {
      process.see(`there are ${change.slots} slots`);
      this.slots.resize(change.slots);
      return;
    }
    if (client === undefined) {
      return;
    }
    const { lowerBound, upperBound } = change;
    const ids = Object.keys(client.resourceRequirements());
    process.see(`the job is to have ${lowerBound} to ${upperBound} subtasks`);
    client
      .updateResourceRequirements(
        Object.fromEntries(ids.map((id) => [id, { lowerBound, upperBound }])),
      )
      .catch((error: unknown) => process.see(`the job keeps its requirements: ${error}`));
  }
}
