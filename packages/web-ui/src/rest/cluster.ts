/** Answers about task managers, the job manager and logs. */
import type { TaskManagersInfo } from '@millrace/rest-client';

export type {
  ConfigurationInfo as ConfigurationEntries,
  EnvironmentInfo as Environment,
  LogListInfo as LogList,
  TaskManagerDetailsInfo as TaskManagerDetails,
  TaskManagersInfo as TaskManagers,
  ThreadDumpInfo as ThreadDump,
} from '@millrace/rest-client';
export type TaskManager = TaskManagersInfo['taskmanagers'][number];
