/**
 * The `local` deployment: every subtask, at any parallelism, in one slot on the calling thread.
 *
 * Deterministic: with a clock and a random source that are, one seed replays a run.
 */
import { ExecutionGraph } from '../../jobmanager/execution-graph.ts';
import type {
  DeploymentRequest,
  JobDeployment,
  JobExecution,
} from '../../jobmanager/job-deployment.ts';
import { TaskExecutor, type TaskExecutorOptions } from '../../taskmanager/task-executor.ts';

export class LocalDeployment implements JobDeployment {
  private readonly options: TaskExecutorOptions;

  constructor(options: TaskExecutorOptions) {
    this.options = options;
  }

  deploy(request: DeploymentRequest): JobExecution {
    const { options } = this;
    const startsSources = options.rehearsal === undefined;
    return new ExecutionGraph({ ...options, startsSources }, request, (jobMaster) => {
      const executor = new TaskExecutor(options, request, jobMaster);
      return { executors: [executor], executorOf: () => executor };
    });
  }

  async close(): Promise<void> {
    await this.options.stateBackend.close?.();
  }
}
