/**
 * The life of the job in one process, from its start to its end or to the death of the process.
 *
 * Turns of the event loop and timers are dealt one by one; between them is what an observer from
 * outside sees: the state of the job and its checkpoints go into the trace when they change.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorCode, errorMessage } from '@millrace/core';
import type { CheckpointStatisticsSnapshot, JobClient, JobDetails } from '@millrace/runtime';
import type { SimulatedProcess } from './simulated-process.ts';
import type { RescaleInPlace } from './simulation-plan.ts';

/** Simulated time, far beyond the longest run; a job that is still there makes no progress. */
const END_MS = 30_000;

const LOOKS_PER_PICTURE = 200;

/**
 * `gave up` at its start or its very end, because its files failed it; `stopped` with the savepoint
 * that was asked for.
 */
export type LifeEnd = 'finished' | 'stopped' | 'died' | 'gave up';

/** When the job is to be stopped, and where its savepoint goes. */
export interface PlannedStop {
  readonly atMs: number;
  readonly targetDirectory: string;
}

/** What is asked of the job on its way. */
export interface LifePlan {
  readonly stop: PlannedStop | undefined;
  readonly rescales: readonly RescaleInPlace[];
}

export interface LifeCounts {
  readonly restarts: number;
  readonly rescalesInPlace: number;
  readonly restores: number;
  readonly completedCheckpoints: number;
  readonly failedCheckpoints: number;
  /** Those that hold records in flight. */
  readonly unalignedCheckpoints: number;
}

interface Outcome {
  readonly error?: unknown;
}

export class JobLife {
  private readonly process: SimulatedProcess;
  private readonly checkpoints = new Map<number, string>();
  private readonly unalignedCheckpoints = new Set<number>();
  private client: JobClient | undefined;
  private outcome: Outcome | undefined;
  private lastStatus = '';
  private lastProgress = '';
  private lastCheckpoints: CheckpointStatisticsSnapshot | undefined;
  private looks = 0;
  private readonly stop: PlannedStop | undefined;
  private stopRequested = false;
  /** Those that are still to come. */
  private rescales: readonly RescaleInPlace[];
  /** The one that the job stopped with. */
  savepoint: string | undefined;

  constructor(process: SimulatedProcess, start: Promise<JobClient>, plan: LifePlan) {
    this.process = process;
    this.stop = plan.stop;
    const startMs = process.clock.now();
    this.rescales = plan.rescales.filter(({ atMs }) => atMs >= startMs);
    start.then(
      (client) => this.follow(client),
      (error: unknown) => {
        this.outcome = { error };
      },
    );
  }

  /** @throws what failed the job for good */
  async toItsEnd(): Promise<LifeEnd> {
    const { process } = this;
    const { manualClock } = process;
    for (;;) {
      await manualClock.settle();
      this.observe();
      if (!process.isAlive) {
        await nextTurn(); // What it had begun comes to nothing now, not in the middle of the next.
        return 'died';
      }
      if (this.outcome !== undefined) {
        return this.judge(this.outcome);
      }
      if (process.faults.crashesWhileIdle(manualClock.now())) {
        process.die('between two turns');
        return 'died';
      }
      this.rescaleWhenDue(manualClock.now());
      this.stopWhenDue(manualClock.now());
      if (!manualClock.advanceToNextTimer()) {
        throw new Error('the job hangs: nothing goes on and no timer is set');
      }
      if (manualClock.now() > END_MS) {
        throw new Error(`the job has not ended after ${END_MS} ms`);
      }
    }
  }

  /** Where the newest complete one is. */
  get lastCompleted(): string | undefined {
    return this.client?.checkpointStatistics().history.find(({ status }) => status === 'COMPLETED')
      ?.externalPointer;
  }

  counts(): LifeCounts {
    const details = this.client?.details();
    const { restored, completed, failed } = details?.checkpoints.counts ?? {
      restored: 0,
      completed: 0,
      failed: 0,
    };
    return {
      restarts: details?.numberOfRestarts ?? 0,
      rescalesInPlace: details?.numberOfRescales ?? 0,
      restores: restored,
      completedCheckpoints: completed,
      failedCheckpoints: failed,
      unalignedCheckpoints: this.unalignedCheckpoints.size,
    };
  }

  private follow(client: JobClient): void {
    this.client = client;
    client.jobExecutionResult().then(
      () => {
        this.outcome = {};
      },
      (error: unknown) => {
        this.outcome = { error };
      },
    );
  }

  /** Also when the job is in the middle of something: then it is refused, which must harm nothing. */
  private rescaleWhenDue(now: number): void {
    const { client } = this;
    const [next, ...later] = this.rescales;
    if (client === undefined || next === undefined || now < next.atMs) {
      return;
    }
    this.rescales = later;
    const { parallelism } = next;
    this.process.see(`the job is to be rescaled to ${parallelism}`);
    client.rescale({ parallelism }).then(
      () => this.process.see(`the job runs at parallelism ${parallelism}`),
      (error: unknown) => this.process.see(`the job is not rescaled: ${causes(error)}`),
    );
  }

  private stopWhenDue(now: number): void {
    const { client, stop } = this;
    const isDue = stop !== undefined && now >= stop.atMs && client?.jobStatus() === 'RUNNING';
    if (!isDue || this.stopRequested) {
      return;
    }
    this.stopRequested = true;
    this.process.see('the job is to stop with a savepoint');
    client.stopWithSavepoint({ targetDirectory: stop.targetDirectory }).then(
      (savepoint) => {
        this.savepoint = savepoint;
        this.process.see(`the job stops with ${savepoint}`);
      },
      (error: unknown) => {
        this.stopRequested = false;
        this.process.see(`the job does not stop: ${causes(error)}`);
      },
    );
  }

  private judge(outcome: Outcome): LifeEnd {
    if (!('error' in outcome)) {
      return this.savepoint === undefined ? 'finished' : 'stopped';
    }
    this.process.see(`the process gives up: ${causes(outcome.error)}`);
    if (isFileError(outcome.error)) {
      return 'gave up';
    }
    throw outcome.error;
  }

  /** The whole picture only when the job has come somewhere, and now and then: it is large. */
  private observe(): void {
    const { client } = this;
    if (client === undefined) {
      return;
    }
    const checkpoints = client.checkpointStatistics();
    const progress = `${client.jobStatus()}, restored ${checkpoints.counts.restored} times`;
    if (progress !== this.lastProgress || ++this.looks % LOOKS_PER_PICTURE === 0) {
      this.lastProgress = progress;
      this.observeStatus(client.details());
    }
    if (checkpoints !== this.lastCheckpoints) {
      this.lastCheckpoints = checkpoints;
      this.observeCheckpoints(checkpoints);
    }
  }

  private observeStatus(details: JobDetails): void {
    const status = `${details.status}, ${details.numberOfRestarts} restarts`;
    if (status !== this.lastStatus) {
      this.lastStatus = status;
      this.process.see(`job is ${status}, restored ${details.restoredCheckpointId ?? 'nothing'}`);
    }
  }

  private observeCheckpoints({ history }: CheckpointStatisticsSnapshot): void {
    for (const checkpoint of [...history].reverse()) {
      const { checkpointId, status, failureMessage, bytesPersistedDuringAlignment } = checkpoint;
      if (status === 'COMPLETED' && bytesPersistedDuringAlignment > 0) {
        this.unalignedCheckpoints.add(checkpointId);
      }
      if (this.checkpoints.get(checkpointId) !== status) {
        this.checkpoints.set(checkpointId, status);
        const why = failureMessage === undefined ? '' : `: ${failureMessage}`;
        this.process.see(`checkpoint ${checkpointId} is ${status}${why}`);
      }
    }
  }
}

/** The message with those of what caused it. */
export function causes(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const message = errorMessage(error);
  return cause === undefined ? message : `${message} <- ${causes(cause)}`;
}

/** The file system failed, so that another start may succeed. */
function isFileError(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'IO_EXCEPTION' || code === 'DISK_FULL';
}
