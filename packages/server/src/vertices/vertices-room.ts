/** Vertices, their subtasks and attempts: `/jobs/:jobid/vertices/:vertexid…`. */
import type { JobDetails, JobVertexDetails } from '@millrace/runtime';
import { RestError } from '../http/rest-error.ts';
import type { RestApp, RestContext, RestRoom } from '../http/rest-room.ts';
import { AttemptParameters, SubtaskParameters, VertexParameters } from '../schema/parameters.ts';
import type { Attempt, Subtask } from './executions.ts';
import {
  accumulatorsAnswer,
  attemptAccumulatorsAnswer,
  attemptAnswer,
  taskManagersAnswer,
  timesAnswer,
  vertexAnswer,
} from './vertex-answers.ts';
import {
  JobVertexAccumulatorsInfo,
  JobVertexDetailsInfo,
  JobVertexTaskManagersInfo,
  SubtaskExecutionAttemptAccumulatorsInfo,
  SubtaskExecutionAttemptDetailsInfo,
  SubtasksAllAccumulatorsInfo,
  SubtasksTimesInfo,
} from './vertices-schemas.ts';

const tags = ['vertices'];
const PATH = '/jobs/:jobid/vertices/:vertexid';

export const verticesRoom: RestRoom = (app, context) => {
  vertexRoutes(app, context);
  accumulatorRoutes(app, context);
  attemptRoutes(app, context);
};

function vertexRoutes(app: RestApp, { cache, clock }: RestContext): void {
  const params = VertexParameters;
  app.get(
    PATH,
    {
      schema: {
        ...{ tags, operationId: 'getVertex', summary: 'A vertex with its subtasks.', params },
        response: { 200: JobVertexDetailsInfo },
      },
    },
    async ({ params: { jobid, vertexid } }) => {
      const details = await cache.jobDetails(jobid.toLowerCase());
      return vertexAnswer(vertexOf(details, vertexid, vertexNotFound), clock.now());
    },
  );
  app.get(
    `${PATH}/subtasktimes`,
    {
      schema: {
        ...{ tags, operationId: 'getSubtaskTimes', params },
        summary: 'When the subtasks of a vertex came to each state.',
        response: { 200: SubtasksTimesInfo },
      },
    },
    async ({ params: { jobid, vertexid } }) => {
      const details = await cache.jobDetails(jobid.toLowerCase());
      return timesAnswer(vertexOf(details, vertexid), clock.now());
    },
  );
  app.get(
    `${PATH}/taskmanagers`,
    {
      schema: {
        ...{ tags, operationId: 'getVertexTaskManagers', params },
        summary: 'The subtasks of a vertex, by the task manager that runs them.',
        response: { 200: JobVertexTaskManagersInfo },
      },
    },
    async ({ params: { jobid, vertexid } }) => {
      const details = await cache.jobDetails(jobid.toLowerCase());
      return taskManagersAnswer(vertexOf(details, vertexid, vertexNotFound), clock.now());
    },
  );
}

function accumulatorRoutes(app: RestApp, { cache }: RestContext): void {
  const params = VertexParameters;
  app.get(
    `${PATH}/accumulators`,
    {
      schema: {
        ...{ tags, operationId: 'getVertexAccumulators', params },
        summary: 'What the functions of a vertex have gathered.',
        response: { 200: JobVertexAccumulatorsInfo },
      },
    },
    async ({ params: { jobid, vertexid } }) => {
      const details = await cache.jobDetails(jobid.toLowerCase());
      const { id, accumulators } = vertexOf(details, vertexid);
      return { id, 'user-accumulators': [...accumulators] };
    },
  );
  app.get(
    `${PATH}/subtasks/accumulators`,
    {
      schema: {
        ...{ tags, operationId: 'getSubtaskAccumulators', params },
        summary: 'What the functions of each subtask have gathered.',
        response: { 200: SubtasksAllAccumulatorsInfo },
      },
    },
    async ({ params: { jobid, vertexid } }) =>
      accumulatorsAnswer(vertexOf(await cache.jobDetails(jobid.toLowerCase()), vertexid)),
  );
}

function attemptRoutes(app: RestApp, { cache, clock }: RestContext): void {
  app.get(
    `${PATH}/subtasks/:subtaskindex`,
    {
      schema: {
        ...{ tags, operationId: 'getSubtask', summary: 'The present attempt of a subtask.' },
        params: SubtaskParameters,
        response: { 200: SubtaskExecutionAttemptDetailsInfo },
      },
    },
    async ({ params: { jobid, vertexid, subtaskindex } }) => {
      const vertex = vertexOf(await cache.jobDetails(jobid.toLowerCase()), vertexid);
      return attemptAnswer(subtaskOf(vertex, subtaskindex), clock.now());
    },
  );
  app.get(
    `${PATH}/subtasks/:subtaskindex/attempts/:attempt`,
    {
      schema: {
        ...{ tags, operationId: 'getAttempt', summary: 'An attempt of a subtask.' },
        params: AttemptParameters,
        response: { 200: SubtaskExecutionAttemptDetailsInfo },
      },
    },
    async ({ params: { jobid, vertexid, subtaskindex, attempt } }) => {
      const vertex = vertexOf(await cache.jobDetails(jobid.toLowerCase()), vertexid);
      return attemptAnswer(attemptOf(vertex, subtaskindex, attempt), clock.now());
    },
  );
  app.get(
    `${PATH}/subtasks/:subtaskindex/attempts/:attempt/accumulators`,
    {
      schema: {
        ...{ tags, operationId: 'getAttemptAccumulators' },
        summary: 'What the functions have gathered in an attempt of a subtask.',
        params: AttemptParameters,
        response: { 200: SubtaskExecutionAttemptAccumulatorsInfo },
      },
    },
    async ({ params: { jobid, vertexid, subtaskindex, attempt } }) => {
      const details = await cache.jobDetails(jobid.toLowerCase());
      const vertex = vertexOf(details, vertexid);
      const execution = attemptOf(vertex, subtaskindex, attempt);
      return attemptAccumulatorsAnswer(details, vertex.id, execution);
    },
  );
}

/** @throws RestError 404, in the words of the handler */
function vertexOf(
  { vertices }: JobDetails,
  vertexId: string,
  notFound: (vertexId: string) => RestError = noVertex,
): JobVertexDetails {
  const vertex = vertices.find(({ id }) => id === vertexId.toLowerCase());
  if (vertex === undefined) {
    throw notFound(vertexId.toLowerCase());
  }
  return vertex;
}

function vertexNotFound(vertexId: string): RestError {
  return RestError.notFound(`JobVertex ${vertexId} not found`);
}

function noVertex(vertexId: string): RestError {
  return RestError.refused(404, `No vertex with ID ${vertexId} exists.`);
}

function subtaskOf({ id, subtasks }: JobVertexDetails, index: number): Subtask {
  const subtask = subtasks.find((each) => each.subtask === index);
  if (subtask === undefined) {
    throw RestError.refused(404, `Invalid subtask index for vertex ${id}`);
  }
  return subtask;
}

function attemptOf(vertex: JobVertexDetails, index: number, number: number): Attempt {
  const subtask = subtaskOf(vertex, index);
  const attempts: readonly Attempt[] = [subtask, ...subtask.earlierAttempts];
  const found = attempts.find(({ attempt = 0 }) => attempt === number);
  if (found === undefined) {
    throw RestError.refused(
      404,
      `Invalid attempt num ${number} of subtask ${index} of vertex ${vertex.id}`,
    );
  }
  return found;
}
