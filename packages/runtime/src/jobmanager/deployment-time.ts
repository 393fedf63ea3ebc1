/**
 * How long a job is deploying: while any of its tasks is, of a batch job only while none has come further.
 *
 * Flink: DeploymentStateTimeMetrics.
 */
import type { ExecutionState } from '../gateway/job-details.ts';

export class DeploymentTime {
  private readonly isBatch: boolean;
  private deploying = 0;
  /** Tasks that initialize or run. */
  private deployed = 0;
  private since: number | undefined;
  /** Of stays that are over, ms. */
  private stayed = 0;

  constructor(isBatch: boolean) {
    this.isBatch = isBatch;
  }

  /** A task came from one state to another. */
  moved(from: ExecutionState, to: ExecutionState, now: number): void {
    this.deploying += Number(to === 'DEPLOYING') - Number(from === 'DEPLOYING');
    this.deployed += Number(isDeployed(to)) - Number(isDeployed(from));
    const isDeploying = this.deploying > 0 && !(this.isBatch && this.deployed > 0);
    if (isDeploying) {
      this.since ??= now;
    } else {
      this.stayed = this.totalTimeMs(now);
      this.since = undefined;
    }
  }

  get isDeploying(): boolean {
    return this.since !== undefined;
  }

  /** 0 while it is not. */
  currentTimeMs(now: number): number {
    return this.since === undefined ? 0 : Math.max(0, now - this.since);
  }

  totalTimeMs(now: number): number {
    return this.stayed + this.currentTimeMs(now);
  }
}

function isDeployed(state: ExecutionState): boolean {
  return state === 'INITIALIZING' || state === 'RUNNING';
}
