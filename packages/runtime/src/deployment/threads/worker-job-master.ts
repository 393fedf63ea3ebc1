/** In a worker thread: the JobManager, to which all is said by messages. */
import { encodeError } from '@millrace/core';
import type { CheckpointAcknowledgement } from '../../checkpoint/checkpoint-coordinator-gateway.ts';
import type { JobMasterGateway } from '../../taskmanager/task-executor-gateway.ts';
import type { Said } from './worker-messages.ts';

export function workerJobMaster(say: (said: Said) => void): JobMasterGateway {
  return {
    acknowledgeCheckpoint: ({
      task,
      checkpointId,
      metrics,
      states,
      operatorsFinished,
    }: CheckpointAcknowledgement) =>
      say({
        method: 'acknowledgeCheckpoint',
        task,
        checkpointId,
        metrics,
        states,
        operatorsFinished,
      }),
    declineCheckpoint: (task, checkpointId, error) =>
      say({ method: 'declineCheckpoint', task, checkpointId, error: encodeError(error) }),
    fail: (error) => say({ method: 'fail', error: encodeError(error) }),
    lateStateWritten: (...args) => say({ method: 'lateStateWritten', args }),
    registerReader: (...args) => say({ method: 'registerReader', args }),
    sendSplitRequest: (...args) => say({ method: 'sendSplitRequest', args }),
    reportWatermark: (...args) => say({ method: 'reportWatermark', args }),
    taskReachedEndOfData: (...args) => say({ method: 'taskReachedEndOfData', args }),
    taskFinished: (...args) => say({ method: 'taskFinished', args }),
    updateTaskExecutionState: (...args) => say({ method: 'updateTaskExecutionState', args }),
  };
}
