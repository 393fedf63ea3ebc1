/** Which thread is which task manager: the main one for jobs on `local`, else a worker of a slot by its name. */
import type { InspectedThread } from '../inspector/thread-profiles.ts';

export const LOCAL_TASK_MANAGER = 'local';

export function isThreadOf(taskManagerId: string, { id, name }: InspectedThread): boolean {
  return taskManagerId === LOCAL_TASK_MANAGER ? id === 0 : name === `millrace-${taskManagerId}`;
}
