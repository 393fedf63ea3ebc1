/** What is told of checkpoints: `/jobs/:jobid/checkpoints…`. */
import type { CheckpointStatistics } from '@millrace/runtime';
import { RestError } from '../http/rest-error.ts';
import type { RestApp, RestContext, RestRoom } from '../http/rest-room.ts';
import {
  CheckpointParameters,
  CheckpointVertexParameters,
  JobParameters,
} from '../schema/parameters.ts';
import {
  checkpointAnswer,
  checkpointConfigAnswer,
  statisticsAnswer,
  taskDetailsAnswer,
} from './checkpoint-answers.ts';
import {
  CheckpointConfigInfo,
  CheckpointingStatistics,
  CheckpointStatistics as CheckpointStatisticsSchema,
  TaskCheckpointStatisticsWithSubtaskDetails,
} from './checkpoints-schemas.ts';

const tags = ['checkpoints'];

export const checkpointsRoom: RestRoom = (app, context) => {
  statisticsRoutes(app, context);
  detailRoutes(app, context);
};

function statisticsRoutes(app: RestApp, { cache }: RestContext): void {
  const params = JobParameters;
  app.get(
    '/jobs/:jobid/checkpoints',
    {
      schema: {
        ...{ tags, operationId: 'getCheckpoints', params },
        summary: 'Numbers of checkpoints, figures over them, and the last ones, newest first.',
        response: { 200: CheckpointingStatistics },
      },
    },
    async (request) =>
      statisticsAnswer(await cache.checkpointStatistics(request.params.jobid.toLowerCase())),
  );
  app.get(
    '/jobs/:jobid/checkpoints/config',
    {
      schema: {
        ...{ tags, operationId: 'getCheckpointConfig', params },
        summary: 'How checkpoints are taken.',
        response: { 200: CheckpointConfigInfo },
      },
    },
    async (request) => {
      const jobId = request.params.jobid.toLowerCase();
      const { checkpointConfiguration } = await cache.jobDetails(jobId);
      return checkpointConfigAnswer(checkpointConfiguration);
    },
  );
}

function detailRoutes(app: RestApp, context: RestContext): void {
  const { cache } = context;
  app.get(
    '/jobs/:jobid/checkpoints/details/:checkpointid',
    {
      schema: {
        ...{ tags, operationId: 'getCheckpoint', summary: 'A checkpoint with its vertices.' },
        params: CheckpointParameters,
        response: { 200: CheckpointStatisticsSchema },
      },
    },
    async ({ params: { jobid, checkpointid } }) => {
      const jobId = jobid.toLowerCase();
      const checkpoint = await checkpointOf(context, jobId, checkpointid);
      return checkpointAnswer(checkpoint, (await cache.jobDetails(jobId)).vertices);
    },
  );
  app.get(
    '/jobs/:jobid/checkpoints/details/:checkpointid/subtasks/:vertexid',
    {
      schema: {
        ...{ tags, operationId: 'getCheckpointSubtasks' },
        summary: 'A vertex of a checkpoint, with its subtasks.',
        params: CheckpointVertexParameters,
        response: { 200: TaskCheckpointStatisticsWithSubtaskDetails },
      },
    },
    async ({ params: { jobid, checkpointid, vertexid } }) => {
      const jobId = jobid.toLowerCase();
      const checkpoint = await checkpointOf(context, jobId, checkpointid);
      const { vertices } = await cache.jobDetails(jobId);
      const vertex = vertices.find(({ id }) => id === vertexid.toLowerCase());
      if (vertex === undefined) {
        throw RestError.notFound(
          `There is no checkpoint statistics for task ${vertexid.toLowerCase()}.`,
        );
      }
      return taskDetailsAnswer(checkpoint, vertex.id, vertex.parallelism);
    },
  );
}

/** Also one that the history has forgotten and that is the latest of its kind. */
async function checkpointOf(
  { cache }: RestContext,
  jobId: string,
  id: number,
): Promise<CheckpointStatistics> {
  const { history, latestCompleted, latestSavepoint, latestFailed } =
    await cache.checkpointStatistics(jobId);
  const found = [...history, latestCompleted, latestSavepoint, latestFailed].find(
    (checkpoint) => checkpoint?.checkpointId === id,
  );
  if (found === undefined) {
    throw RestError.refused(404, `Could not find checkpointing statistics for checkpoint ${id}.`);
  }
  return found;
}
