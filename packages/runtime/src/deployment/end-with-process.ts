/** Jobs that a signal to the process ends in order: those whose configuration asks for it. */
import {
  CheckpointingOptions,
  ConfigError,
  type Configuration,
  DeploymentOptions,
} from '@millrace/core';
import type { JobMaster } from '../jobmanager/job-master.ts';
import { OrderlyShutdown } from './orderly-shutdown.ts';

const { SHUTDOWN_IF_ATTACHED, SHUTDOWN_WITH_SAVEPOINT } = DeploymentOptions;
const { SAVEPOINT_DIRECTORY } = CheckpointingOptions;

const shutdown = new OrderlyShutdown(process);

/**
 * Told at the start, as it is too late when the signal comes.
 *
 * @throws ConfigError `CONFIG_VALUE_INVALID`, `SAVEPOINT_DIRECTORY_MISSING`, `UNSUPPORTED` for a batch
 */
export function checkShutdownSettings(configuration: Configuration, batchExecution: boolean): void {
  if (!configuration.get(SHUTDOWN_WITH_SAVEPOINT)) {
    return;
  }
  if (!configuration.get(SHUTDOWN_IF_ATTACHED)) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${SHUTDOWN_WITH_SAVEPOINT.key} says how a signal ends the job, and none does; ` +
        `set ${SHUTDOWN_IF_ATTACHED.key} to true too`,
    );
  }
  if (batchExecution) {
    throw new ConfigError(
      'UNSUPPORTED',
      `${SHUTDOWN_WITH_SAVEPOINT.key} needs a job that streams; a batch takes no savepoint`,
    );
  }
  if ((configuration.get(SAVEPOINT_DIRECTORY) ?? '').trim() === '') {
    throw new ConfigError(
      'SAVEPOINT_DIRECTORY_MISSING',
      `${SHUTDOWN_WITH_SAVEPOINT.key} needs a directory; set ${SAVEPOINT_DIRECTORY.key}`,
    );
  }
}

export function endWithProcess(
  job: JobMaster,
  configuration: Configuration,
  warn: (message: string) => void,
): void {
  if (!configuration.get(SHUTDOWN_IF_ATTACHED)) {
    return;
  }
  const ended = shutdown.add({
    jobName: job.jobName,
    withSavepoint: configuration.get(SHUTDOWN_WITH_SAVEPOINT),
    timeoutMs: configuration.get(DeploymentOptions.CLUSTER_SERVICES_SHUTDOWN_TIMEOUT),
    stopWithSavepoint: (onTaken) => job.stopWithSavepoint({}, onTaken),
    suspend: () => job.suspend(),
    warn,
  });
  job.endListeners.push(ended);
}
