/**
 * A thread with one slot: runs its share of each attempt, hears and speaks by messages, stands still or
 * dies when the seed says.
 *
 * Regions of the job that fail alone have attempts of their own there, beside each other.
 *
 * Invariant: messages of an attempt that is over change nothing.
 */
import { errorMessage } from '@millrace/core';
import {
  type JobMasterGateway,
  type LocalDeploymentOptions,
  type SlotDeployment,
  TaskExecutor,
  type TaskExecutorOptions,
} from '@millrace/runtime';
import type { SlotMoment } from '../fault-injector.ts';
import type { SimulatedProcess } from '../simulated-process.ts';
import { Lane } from './lane.ts';
import { SlotLife } from './slot-life.ts';
import type { SlotLinks } from './slot-links.ts';
import {
  type AskedOfSlot,
  clonedArguments,
  clonedDeployment,
  describeMessage,
  type FromSlot,
  type ToSlot,
} from './slot-messages.ts';

export interface SimulatedSlotOptions {
  readonly process: SimulatedProcess;
  readonly index: number;
  readonly delayMsMax: number;
  readonly executor: LocalDeploymentOptions;
  readonly swapProbability: number;
  /** In the JobManager's thread. */
  receive(message: FromSlot): void;
  /** Something of the slot is about to happen: it may stand still or die there. */
  step(slot: SimulatedSlot, moment: SlotMoment): void;
}

interface Attempt {
  readonly number: number;
  /** Undefined when its share could not be set up. */
  readonly executor: TaskExecutor | undefined;
  readonly failure: unknown;
}

const TOLD: readonly (keyof JobMasterGateway)[] = [
  'acknowledgeCheckpoint',
  'declineCheckpoint',
  'lateStateWritten',
  'registerReader',
  'sendSplitRequest',
  'reportWatermark',
  'taskReachedEndOfData',
  'taskFinished',
  'updateTaskExecutionState',
  'fail',
];

const ENDS: ReadonlySet<keyof JobMasterGateway> = new Set(['taskReachedEndOfData', 'taskFinished']);

export class SimulatedSlot {
  readonly index: number;
  readonly life: SlotLife;
  private readonly options: SimulatedSlotOptions;
  private readonly incoming: Lane<ToSlot>;
  private readonly outgoing: Lane<FromSlot>;
  /** Of attempts that are to come here. */
  private readonly links = new Map<number, SlotLinks>();
  private readonly attempts = new Map<number, Attempt>();

  constructor(options: SimulatedSlotOptions) {
    const { process, delayMsMax, swapProbability } = options;
    const lane = { process, delayMsMax, burstMax: 3, swapProbability };
    this.options = options;
    this.index = options.index;
    this.life = new SlotLife(process);
    this.incoming = new Lane<ToSlot>({
      ...lane,
      ready: () => this.life.awake(),
      deliver: (message) => this.hear(message),
    });
    this.outgoing = new Lane<FromSlot>({
      ...lane,
      // What it said before it stood still comes late too, as when nobody had time to listen.
      ready: () => this.life.heard(),
      deliver: (message) => options.receive(message),
    });
  }

  /** Before the messages of an attempt. */
  connect(attempt: number, links: SlotLinks): void {
    this.links.set(attempt, links);
  }

  send(message: ToSlot): void {
    this.incoming.send(
      message.kind === 'deploy'
        ? { ...message, deployment: clonedDeployment(message.deployment) }
        : message.kind === 'tell'
          ? { ...message, args: clonedArguments(message.args) }
          : message,
    );
  }

  die(): void {
    this.life.die();
    this.outgoing.cut();
    for (const { executor } of this.attempts.values()) {
      executor?.stop(); // Its loop gets no other turn: nobody is told, nothing is closed.
    }
  }

  private hear(message: ToSlot): void {
    this.options.step(this, 'message');
    if (!this.life.isAlive) {
      return;
    }
    this.options.process.see(
      `slot ${this.index} hears of attempt ${message.attempt}: ${describeMessage(message)}`,
    );
    if (message.kind === 'deploy') {
      this.attempts.set(message.attempt, this.setUp(message.attempt, message.deployment));
      return;
    }
    const attempt = this.attempts.get(message.attempt);
    if (attempt !== undefined) {
      this.obey(message, attempt);
    }
  }

  private setUp(number: number, deployment: SlotDeployment): Attempt {
    const links = this.links.get(number)!;
    const end = links.endOf(this.index, () => this.options.step(this, 'loop'));
    const network = { remote: end, exchange: end };
    try {
      const jobMaster = this.jobMaster(number);
      const options = this.executorOptions(deployment);
      const executor = new TaskExecutor(options, deployment, jobMaster, network);
      return { number, executor, failure: undefined };
    } catch (failure) {
      return { number, executor: undefined, failure };
    }
  }

  private obey(message: Exclude<ToSlot, { kind: 'deploy' }>, attempt: Attempt): void {
    const { executor } = attempt;
    if (message.kind === 'ask') {
      void this.answer(message.method, attempt);
    } else if (executor !== undefined) {
      const told = executor[message.method] as (...args: unknown[]) => void;
      told.apply(executor, [...message.args]);
    }
  }

  private async answer(method: AskedOfSlot, { number, executor, failure }: Attempt): Promise<void> {
    let error = failure;
    try {
      await executor?.[method]();
    } catch (thrown) {
      error = thrown;
    }
    if (method === 'cancel') {
      this.attempts.delete(number);
    }
    const [encoded] = error === undefined ? [] : clonedArguments([asError(error)]);
    const report = {
      taskDetails: executor?.taskDetails() ?? [],
      queryableStates: executor?.queryableStates() ?? [],
    };
    this.tell({
      attempt: number,
      kind: 'answer',
      slot: this.index,
      method,
      error: encoded as Error | undefined,
      report: structuredClone(report),
    });
  }

  private jobMaster(attempt: number): JobMasterGateway {
    const gateway: Partial<Record<keyof JobMasterGateway, (...args: unknown[]) => void>> = {};
    for (const method of TOLD) {
      gateway[method] = (...args) =>
        this.tell({ attempt, kind: 'tell', method, args: clonedArguments(args) });
    }
    return gateway as unknown as JobMasterGateway;
  }

  private tell(message: FromSlot): void {
    if (this.life.isAlive) {
      this.options.process.see(`slot ${this.index} says: ${describeMessage(message)}`);
      this.outgoing.send(message);
      if (message.kind === 'tell' && ENDS.has(message.method)) {
        this.options.step(this, 'end');
      }
    }
  }

  /** As a thread of its own has them. */
  private executorOptions({ jobGraph }: SlotDeployment): TaskExecutorOptions {
    const { life } = this;
    const { executor } = this.options;
    return {
      ...executor,
      stateBackendMemoryOfSlotBytes: executor.stateBackendMemoryOfSlot(jobGraph),
      clock: life.clock,
      openStateHandle: life.opener(executor.openStateHandle),
      checkpointStreams: (barrier) => life.streams(executor.checkpointStreams(barrier)),
    };
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(errorMessage(thrown));
}
