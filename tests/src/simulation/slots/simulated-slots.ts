/**
 * The `threads` deployment as the simulation has it: several slots on one thread, which speak with the
 * JobManager by messages and send each other records through links.
 *
 * Invariants:
 * - The JobManager learns of a dead slot late, as by a heartbeat; it may take one for dead that only
 *   stands still, and hears from it during later attempts.
 * - Slots live on from one attempt to the next; a lost one has a successor from the next on. Each region
 *   of the job has attempts of its own.
 *
 * Flink: SlotPool, HeartbeatManager.
 */
import { TaskError } from '@millrace/core';
import {
  type DeploymentRequest,
  ExecutionGraph,
  type JobDeployment,
  type JobExecution,
  type JobMasterGateway,
  type LocalDeploymentOptions,
  type SubtaskAddress,
} from '@millrace/runtime';
import type { StateBackend } from '@millrace/state';
import type { SlotMoment } from '../fault-injector.ts';
import type { SimulatedProcess } from '../simulated-process.ts';
import type { Canary } from '../simulated-program.ts';
import type { SlotsPlan } from '../simulation-plan.ts';
import { OldAcknowledgements } from './old-acknowledgements.ts';
import { RemoteTaskExecutor } from './remote-task-executor.ts';
import { SimulatedSlot } from './simulated-slot.ts';
import { SlotLinks } from './slot-links.ts';
import type { FromSlot } from './slot-messages.ts';

const HEARTBEAT_MS_MAX = 60;
const TERMINATION_MS_MAX = 60;
const STALL_MS_MAX = 40;
/** How many stalls are longer than a heartbeat allows. */
const LONG_STALL_PROBABILITY = { message: 0.3, loop: 0.3, end: 0.7, start: 0.3 };

export interface SimulatedSlotsOptions {
  readonly process: SimulatedProcess;
  readonly plan: SlotsPlan;
  readonly canary: Canary | undefined;
  /** Each thread has its own. */
  openStateBackend(): Promise<StateBackend>;
}

type SlotLoss = 'TASK_MANAGER_LOST' | 'TASK_MANAGER_NOT_REGISTERED';

interface DeployedAttempt {
  readonly jobMaster: JobMasterGateway;
  readonly executors: readonly RemoteTaskExecutor[];
}

export class SimulatedSlots implements JobDeployment {
  private readonly options: SimulatedSlotsOptions;
  private readonly executorOptions: LocalDeploymentOptions;
  private readonly slots: SimulatedSlot[] = [];
  private readonly lost = new Set<SimulatedSlot>();
  private readonly stateBackends: StateBackend[] = [];
  private readonly attempts: DeployedAttempt[] = [];
  private readonly oldAcknowledgements: OldAcknowledgements | undefined;

  constructor(options: SimulatedSlotsOptions, executorOptions: LocalDeploymentOptions) {
    this.options = options;
    this.executorOptions = executorOptions;
    this.oldAcknowledgements =
      options.canary === 'acknowledges-for-new-attempt' ? new OldAcknowledgements() : undefined;
  }

  deploy(request: DeploymentRequest): JobExecution {
    const { process, plan, canary } = this.options;
    const slotOf = this.placement(request);
    const options = {
      ...this.executorOptions,
      startsSources: true,
      splitsRegions: this.executorOptions.failoverStrategy === 'region',
      metrics: () => [],
    };
    return new ExecutionGraph(options, request, (jobMaster, deployment) => {
      const attempt = this.attempts.length;
      const links = new SlotLinks({ process, delayMsMax: plan.delayMsMax, slotOf, bug: canary });
      this.replaceLostSlots();
      const used = new Set(deployment.tasks?.map(slotOf));
      const executors = this.slots
        .filter(({ index }) => deployment.tasks === undefined || used.has(index))
        .map((slot) => new RemoteTaskExecutor(slot, attempt));
      this.attempts.push({ jobMaster, executors });
      for (const executor of executors) {
        executor.slot.connect(attempt, links);
        executor.deploy(deployment);
      }
      const executorOf = (task: SubtaskAddress) =>
        executors.find(({ slot }) => slot.index === slotOf(task))!;
      return { executors, executorOf };
    });
  }

  async close(): Promise<void> {
    for (const stateBackend of [this.executorOptions.stateBackend, ...this.stateBackends]) {
      await stateBackend.close?.();
    }
  }

  /** Subtasks of one index share a slot, those of some vertices with others than of the rest. */
  private placement({ jobGraph }: DeploymentRequest): (task: SubtaskAddress) => number {
    const { process, plan } = this.options;
    const firstSlots = new Map(
      jobGraph.vertices.map(({ id }) => [
        id,
        plan.sharesSlots ? 0 : process.random.nextInt(plan.count),
      ]),
    );
    return ({ vertexId, subtask }) => (firstSlots.get(vertexId)! + subtask) % plan.count;
  }

  private replaceLostSlots(): void {
    for (let index = 0; index < this.options.plan.count; index++) {
      const slot = this.slots[index];
      if (slot === undefined || this.lost.has(slot)) {
        const successor = this.createSlot(index);
        this.slots[index] = successor;
        if (slot !== undefined) {
          this.strike(successor, 'start');
        }
      }
    }
  }

  private createSlot(index: number): SimulatedSlot {
    const { process, plan, canary } = this.options;
    const stateBackend = this.openStateBackend();
    this.stateBackends.push(stateBackend);
    return new SimulatedSlot({
      process,
      index,
      delayMsMax: plan.delayMsMax,
      executor: { ...this.executorOptions, stateBackend },
      swapProbability: canary === 'swaps-messages' ? 1 / 20 : 0,
      receive: (message) => this.hear(message),
      step: (slot, moment) => this.strike(slot, moment),
    });
  }

  /** As a thread opens its own: when it is first asked. */
  private openStateBackend(): StateBackend {
    const opened = this.options.openStateBackend();
    return {
      name: this.executorOptions.stateBackend.name,
      createKeyedStateBackend: async (parameters) =>
        (await opened).createKeyedStateBackend(parameters),
      close: async () => (await opened).close?.(),
    };
  }

  private hear(message: FromSlot): void {
    const { jobMaster, executors } = this.attempts[message.attempt]!;
    if (message.kind === 'answer') {
      executors.find(({ slot }) => slot.index === message.slot)?.answered(message);
      return;
    }
    const told = jobMaster[message.method] as (...args: unknown[]) => void;
    const args = this.oldAcknowledgements?.replace(message) ?? message.args;
    told.apply(jobMaster, [...args]);
  }

  private strike(slot: SimulatedSlot, moment: SlotMoment): void {
    const { process } = this.options;
    if (!slot.life.isAlive || !process.isAlive) {
      return;
    }
    const { random } = process;
    const fault = process.faults.slot(moment, process.clock.now());
    if (fault === 'dies') {
      const starts = moment === 'start';
      process.see(`slot ${slot.index} ${starts ? 'cannot be had' : 'dies'}`);
      slot.die();
      const code = starts ? 'TASK_MANAGER_NOT_REGISTERED' : 'TASK_MANAGER_LOST';
      this.loseLater(slot, random.nextInt(HEARTBEAT_MS_MAX), code);
    } else if (fault === 'stands-still') {
      const isLong = random.next() < LONG_STALL_PROBABILITY[moment];
      const ms = 1 + random.nextInt(STALL_MS_MAX) + (isLong ? HEARTBEAT_MS_MAX : 0);
      process.see(`slot ${slot.index} stands still for ${ms} ms`);
      slot.life.standStill(ms);
      if (isLong) {
        this.loseLater(slot, HEARTBEAT_MS_MAX, 'TASK_MANAGER_LOST');
      }
    }
  }

  private loseLater(slot: SimulatedSlot, ms: number, code: SlotLoss): void {
    void this.options.process.delay(ms).then(() => this.lose(slot, code));
  }

  private lose(slot: SimulatedSlot, code: SlotLoss): void {
    const { process } = this.options;
    if (this.lost.has(slot)) {
      return;
    }
    this.lost.add(slot);
    process.see(`slot ${slot.index} is lost`);
    const error = new TaskError(code, `slot ${slot.index} gave no sign of life`);
    for (const { executors, jobMaster } of this.attempts) {
      const executor = executors.find((each) => each.slot === slot);
      if (executor !== undefined) {
        executor.lost(error);
        if (!executor.hasRun) {
          jobMaster.fail(error);
        }
      }
    }
    // A thread that only stood still goes on until it is ended, and what it said comes all the same.
    void process.delay(process.random.nextInt(TERMINATION_MS_MAX)).then(() => slot.die());
  }
}
