/** What each thread of the process does at the moment. Flink: JobManagerThreadDumpHandler, TaskManagerThreadDumpHandler. */
import { ClusterOptions } from '@millrace/core';
import { Type } from 'typebox';
import { RestError } from '../http/rest-error.ts';
import type { RestRoom } from '../http/rest-room.ts';
import type { InspectedThread } from '../inspector/thread-profiles.ts';
import { TaskManagerParameters } from '../metrics/metrics-schemas.ts';
import { isThreadOf, LOCAL_TASK_MANAGER } from './task-manager-threads.ts';
import { threadInfo } from './thread-dump.ts';

const ThreadDumpInfo = Type.Object(
  {
    threadInfos: Type.Array(
      Type.Object({ threadName: Type.String(), stringifiedThreadInfo: Type.String() }),
    ),
  },
  { title: 'ThreadDumpInfo' },
);

const PATIENCE_MS = 2000;
const DURATION_MS = 20;

/** They run no JavaScript. */
const NATIVE_THREADS = {
  threadName: 'native threads',
  stringifiedThreadInfo:
    '"native threads" UNKNOWN\n\t-  the pool of libuv and the helpers of V8: Node cannot show their stacks\n\n',
};

export const threadDumpRoom: RestRoom = (app, { cache, configuration, threads }) => {
  const tags = ['threads'];
  const options = {
    depthMax: configuration.get(ClusterOptions.THREAD_DUMP_STACKTRACE_MAX_DEPTH),
    patienceMs: PATIENCE_MS,
  };
  const dump = async (wants: (thread: InspectedThread) => boolean) => {
    const times = { intervalMs: 1, durationMs: DURATION_MS, patienceMs: PATIENCE_MS };
    const profiles = await threads.profile({ ...times, wants });
    return profiles.map((each) => threadInfo(each, options));
  };
  app.get(
    '/jobmanager/thread-dump',
    {
      schema: {
        ...{ tags, operationId: 'getJobManagerThreadDump' },
        summary: 'The stacks of all threads of the process that run JavaScript.',
        response: { 200: ThreadDumpInfo },
      },
    },
    async () => ({ threadInfos: [...(await dump(() => true)), NATIVE_THREADS] }),
  );
  app.get(
    '/taskmanagers/:taskmanagerid/thread-dump',
    {
      schema: {
        ...{ tags, params: TaskManagerParameters, operationId: 'getTaskManagerThreadDump' },
        summary: 'The stacks of the threads of one task manager.',
        response: { 200: ThreadDumpInfo },
      },
    },
    async ({ params: { taskmanagerid: id } }) => {
      if (!(await cache.taskManagers()).some((manager) => manager.id === id)) {
        throw RestError.notFound(`TaskExecutor ${id} is not registered`);
      }
      const isWholeProcess = id === LOCAL_TASK_MANAGER;
      const threadInfos = await dump((thread) => isWholeProcess || isThreadOf(id, thread));
      return { threadInfos: isWholeProcess ? [...threadInfos, NATIVE_THREADS] : threadInfos };
    },
  );
};
