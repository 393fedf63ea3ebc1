/**
 * The `local` deployment: every subtask, at any parallelism, in one slot on the calling thread.
 *
 * Deterministic: with a clock and a random source that are, one seed replays a run.
 */
import type { TaskManagerInfo } from '../../gateway/task-manager-info.ts';
import type { JobGraph } from '../../graph/job-graph.ts';
import { ExecutionGraph } from '../../jobmanager/execution-graph.ts';
import type {
  DeploymentRequest,
  JobDeployment,
  JobExecution,
} from '../../jobmanager/job-deployment.ts';
import { TaskExecutor, type TaskExecutorOptions } from '../../taskmanager/task-executor.ts';
import { LOCAL_TASK_MANAGER_ID } from '../../tasks/create-metric-registry.ts';

export interface LocalDeploymentOptions
  extends Omit<TaskExecutorOptions, 'stateBackendMemoryOfSlotBytes'> {
  readonly failoverStrategy: 'region' | 'full';
  /** Asked for each attempt, as a rescaled job has other slots. */
  stateBackendMemoryOfSlot(jobGraph: JobGraph): number;
  /** Of the calling thread. */
  taskManagers?(): readonly TaskManagerInfo[];
}

export class LocalDeployment implements JobDeployment {
  private readonly options: LocalDeploymentOptions;

  constructor(options: LocalDeploymentOptions) {
    this.options = options;
  }

  deploy(request: DeploymentRequest): JobExecution {
    const stateBackendMemoryOfSlotBytes = this.options.stateBackendMemoryOfSlot(request.jobGraph);
    const options = { ...this.options, stateBackendMemoryOfSlotBytes };
    const startsSources = options.rehearsal === undefined;
    const splitsRegions =
      startsSources && options.failoverStrategy === 'region' && options.checkpointing !== undefined;
    const metrics = () => options.metricRegistry.dump();
    const ofGraph = { ...options, startsSources, splitsRegions, metrics };
    return new ExecutionGraph(ofGraph, request, (jobMaster, deployment) => {
      const executor = new TaskExecutor(options, deployment, jobMaster);
      const taskManagerIdOf = () => LOCAL_TASK_MANAGER_ID;
      return { executors: [executor], executorOf: () => executor, taskManagerIdOf };
    });
  }

  taskManagers(): readonly TaskManagerInfo[] {
    return this.options.taskManagers?.() ?? [];
  }

  async close(): Promise<void> {
    await this.options.stateBackend.close?.();
  }
}
