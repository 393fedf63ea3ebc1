/** Jobs: `/jobs`, `/jobs/overview`, `/jobs/:jobid` and what is told of one. */
import { decodeError } from '@millrace/core';
import type { JobResult } from '@millrace/runtime';
import { Type } from 'typebox';
import { RestError } from '../http/rest-error.ts';
import type { RestApp, RestContext, RestRoom } from '../http/rest-room.ts';
import { failureCause } from '../schema/failure-cause.ts';
import { JobParameters } from '../schema/parameters.ts';
import { exceptionsAnswer } from './exceptions-answer.ts';
import { configAnswer, detailsAnswer, overviewAnswer, planAnswer } from './job-answers.ts';
import {
  JobAccumulatorsInfo,
  JobConfigInfo,
  JobDetailsInfo,
  JobExceptionsInfoWithHistory,
  JobExecutionResultResponseBody,
  JobIdsWithStatusOverview,
  JobPlanInfo,
  JobStatusInfo,
  MultipleJobsDetails,
} from './jobs-schemas.ts';

const tags = ['jobs'];
const params = JobParameters;
const EXCEPTIONS_MAX = 20; // Flink: JobExceptionsHandler.MAX_NUMBER_EXCEPTION_TO_REPORT.

export const jobsRoom: RestRoom = (app, context) => {
  listRoutes(app, context);
  detailRoutes(app, context);
  gatheredRoutes(app, context);
  resultRoutes(app, context);
};

function listRoutes(app: RestApp, { cache, clock }: RestContext): void {
  app.get(
    '/jobs',
    {
      schema: {
        ...{ tags, operationId: 'getJobs', summary: 'Ids and states of all jobs.' },
        response: { 200: JobIdsWithStatusOverview },
      },
    },
    async () => ({
      jobs: (await cache.jobs()).map(({ jobId, status }) => ({ id: jobId, status })),
    }),
  );
  app.get(
    '/jobs/overview',
    {
      schema: {
        ...{
          tags,
          operationId: 'getJobsOverview',
          summary: 'All jobs with their times and tasks.',
        },
        response: { 200: MultipleJobsDetails },
      },
    },
    async () => ({
      jobs: (await cache.jobs()).map((job) => overviewAnswer(job, clock.now())),
    }),
  );
}

function detailRoutes(app: RestApp, { cache, clock }: RestContext): void {
  app.get(
    '/jobs/:jobid',
    {
      schema: {
        ...{ tags, operationId: 'getJob', summary: 'A job with its vertices and plan.', params },
        response: { 200: JobDetailsInfo },
      },
    },
    async (request) =>
      detailsAnswer(await cache.jobDetails(request.params.jobid.toLowerCase()), clock.now()),
  );
  app.get(
    '/jobs/:jobid/plan',
    {
      schema: {
        ...{ tags, operationId: 'getJobPlan', summary: 'What runs, sinks first.', params },
        response: { 200: JobPlanInfo },
      },
    },
    async (request) => ({
      plan: planAnswer(await cache.jobDetails(request.params.jobid.toLowerCase())),
    }),
  );
  app.get(
    '/jobs/:jobid/config',
    {
      schema: {
        ...{ tags, operationId: 'getJobConfig', summary: 'How a job executes.', params },
        response: { 200: JobConfigInfo },
      },
    },
    async (request) => configAnswer(await cache.jobDetails(request.params.jobid.toLowerCase())),
  );
}

function gatheredRoutes(app: RestApp, { cache }: RestContext): void {
  app.get(
    '/jobs/:jobid/accumulators',
    {
      schema: {
        ...{ tags, operationId: 'getJobAccumulators', params },
        summary: 'What the functions of a job have gathered.',
        querystring: Type.Object({ includeSerializedValue: Type.Optional(Type.Boolean()) }),
        response: { 200: JobAccumulatorsInfo },
      },
    },
    async (request) => {
      const { accumulators } = await cache.jobDetails(request.params.jobid.toLowerCase());
      return {
        'job-accumulators': [],
        'user-task-accumulators': [...accumulators],
        'serialized-user-task-accumulators': {}, // Objects of Java, of which there are none.
      };
    },
  );
  app.get(
    '/jobs/:jobid/exceptions',
    {
      schema: {
        ...{ tags, operationId: 'getJobExceptions', summary: 'What has failed a job.', params },
        querystring: Type.Object({
          maxExceptions: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 })),
          failureLabelFilter: Type.Optional(
            Type.String({ pattern: '^[^:,]+:[^:,]+(,[^:,]+:[^:,]+)*$' }),
          ),
        }),
        response: { 200: JobExceptionsInfoWithHistory },
      },
    },
    async ({ params: { jobid }, query }) =>
      exceptionsAnswer(await cache.jobDetails(jobid.toLowerCase()), {
        max: query.maxExceptions ?? EXCEPTIONS_MAX,
        withLabels: query.failureLabelFilter !== undefined,
      }),
  );
}

function resultRoutes(app: RestApp, { gateway }: RestContext): void {
  app.get(
    '/jobs/:jobid/status',
    {
      schema: {
        ...{ tags, operationId: 'getJobStatus', summary: 'The state of a job.', params },
        response: { 200: JobStatusInfo },
      },
    },
    async (request) => ({ status: await gateway.jobStatus(request.params.jobid.toLowerCase()) }),
  );
  app.get(
    '/jobs/:jobid/execution-result',
    {
      schema: {
        ...{ tags, operationId: 'getJobExecutionResult', summary: 'How a job ended.', params },
        response: { 200: JobExecutionResultResponseBody },
      },
    },
    async (request) => {
      const id = request.params.jobid.toLowerCase();
      return resultAnswer(id, await gateway.jobExecutionResult(id));
    },
  );
  app.post(
    '/jobs/:jobid/coordinators/:operatorid',
    {
      config: { bodyName: 'ClientCoordinationRequestBody' },
      schema: {
        hide: true,
        params: Type.Object({ ...JobParameters.properties, operatorid: Type.String() }),
      },
    },
    async ({ params: { jobid, operatorid } }) => {
      await gateway.jobStatus(jobid.toLowerCase());
      throw RestError.refused(
        500,
        `Coordinator of operator ${operatorid} does not exist or the job vertex this operator belongs to is not initialized.`,
      );
    },
  );
}

const APPLICATION_STATUS = {
  FINISHED: 'SUCCEEDED',
  FAILED: 'FAILED',
  CANCELED: 'CANCELED',
  SUSPENDED: 'UNKNOWN',
} as const;

function resultAnswer(jobId: string, result: JobResult) {
  if (result.kind === 'in-progress') {
    return { status: { id: 'IN_PROGRESS' as const }, 'job-execution-result': null };
  }
  return {
    status: { id: 'COMPLETED' as const },
    'job-execution-result': {
      id: jobId,
      'application-status': APPLICATION_STATUS[result.status],
      'accumulator-results': {}, // Objects of Java; as text they are under /accumulators.
      'net-runtime': result.netRuntimeMs,
      ...(result.error === undefined
        ? {}
        : { 'failure-cause': failureCause(decodeError(result.error)) }),
    },
  };
}
