/**
 * What takes its time: savepoints, stopping with one, checkpoints on request, disposal. Each is triggered,
 * and then asked for by its id.
 */
import { CheckpointingOptions } from '@millrace/core';
import { RestError } from '../http/rest-error.ts';
import type { RestApp, RestContext, RestRoom } from '../http/rest-room.ts';
import { EmptyResponseBody, TriggerResponse } from '../schema/answers.ts';
import { failureCause } from '../schema/failure-cause.ts';
import { JobParameters, JobTriggerParameters, TriggerParameters } from '../schema/parameters.ts';
import { operationWasRead, pollOperation } from './poll-operation.ts';
import {
  CheckpointResult,
  CheckpointTriggerRequestBody,
  OperationResult,
  SavepointDisposalRequest,
  SavepointResult,
  SavepointTriggerRequestBody,
  StopWithSavepointRequestBody,
} from './savepoints-schemas.ts';

const tags = ['savepoints'];
const params = JobParameters;

export const savepointsRoom: RestRoom = (app, context) => {
  savepointRoute(app, context);
  stopRoute(app, context);
  savepointStatusRoute(app, context);
  checkpointRoutes(app, context);
  disposalRoutes(app, context);
  dataSetRoutes(app, context);
};

function savepointRoute(app: RestApp, context: RestContext): void {
  app.post(
    '/jobs/:jobid/savepoints',
    {
      config: { bodyName: 'SavepointTriggerRequestBody' },
      schema: {
        ...{ tags, operationId: 'triggerSavepoint', params, body: SavepointTriggerRequestBody },
        summary: 'Takes a savepoint, and cancels the job after it where asked to.',
        response: { 202: TriggerResponse },
      },
    },
    async (request, reply) => {
      const jobId = request.params.jobid.toLowerCase();
      const { 'target-directory': directory, 'cancel-job': cancelJob } = request.body;
      await checkDirectory(context, jobId, { directory, field: 'target-directory' });
      const id = context.operations.trigger(scopeOf('savepoint', jobId), idOf(request.body), () =>
        context.unboundedGateway.triggerSavepoint(jobId, {
          ...(directory == null ? {} : { targetDirectory: directory }),
          formatType: request.body.formatType ?? 'CANONICAL',
          cancelJob: cancelJob ?? false,
        }),
      );
      return reply.code(202).send({ 'request-id': id });
    },
  );
}

function stopRoute(app: RestApp, context: RestContext): void {
  app.post(
    '/jobs/:jobid/stop',
    {
      config: { bodyName: 'StopWithSavepointRequestBody' },
      schema: {
        ...{ tags, operationId: 'stopWithSavepoint', params, body: StopWithSavepointRequestBody },
        summary: 'Stops a job with a savepoint.',
        response: { 202: TriggerResponse },
      },
    },
    async (request, reply) => {
      const jobId = request.params.jobid.toLowerCase();
      const { targetDirectory: directory, drain } = request.body;
      await checkDirectory(context, jobId, { directory, field: 'targetDirectory' });
      const id = context.operations.trigger(scopeOf('savepoint', jobId), idOf(request.body), () =>
        context.unboundedGateway.stopWithSavepoint(jobId, {
          ...(directory == null ? {} : { targetDirectory: directory }),
          formatType: request.body.formatType ?? 'CANONICAL',
          drain: drain ?? false,
        }),
      );
      return reply.code(202).send({ 'request-id': id });
    },
  );
}

/** Of both kinds, as in Flink. */
function savepointStatusRoute(app: RestApp, context: RestContext): void {
  app.get(
    '/jobs/:jobid/savepoints/:triggerid',
    {
      onResponse: operationWasRead(context),
      schema: {
        ...{ tags, operationId: 'getSavepointStatus', params: JobTriggerParameters },
        summary: 'How far a savepoint, or a stop with one, is.',
        response: { 200: SavepointResult },
      },
    },
    async (request) => {
      const [jobId, triggerId] = idsOf(request.params);
      return pollOperation(context, request, {
        ...{ scope: scopeOf('savepoint', jobId), triggerId },
        notFound: `There is no savepoint operation with triggerId=${triggerId} for job ${jobId}.`,
        done: (location: string) => ({ location }),
        failed: (error) => ({ 'failure-cause': failureCause(error) }),
      });
    },
  );
}

function checkpointRoutes(app: RestApp, context: RestContext): void {
  app.post(
    '/jobs/:jobid/checkpoints',
    {
      config: { bodyName: 'CheckpointTriggerRequestBody' },
      schema: {
        ...{ tags, operationId: 'triggerCheckpoint', params, body: CheckpointTriggerRequestBody },
        summary: 'Takes a checkpoint.',
        response: { 202: TriggerResponse },
      },
    },
    async (request, reply) => {
      const jobId = request.params.jobid.toLowerCase();
      const checkpointType = request.body.checkpointType ?? 'CONFIGURED';
      if (checkpointType === 'INCREMENTAL') {
        throw RestError.refused(
          400,
          'Checkpoint type INCREMENTAL is not supported; use CONFIGURED or FULL.',
        );
      }
      const id = context.operations.trigger(scopeOf('checkpoint', jobId), idOf(request.body), () =>
        context.unboundedGateway.triggerCheckpoint(jobId, checkpointType),
      );
      return reply.code(202).send({ 'request-id': id });
    },
  );
  app.get(
    '/jobs/:jobid/checkpoints/:triggerid',
    {
      onResponse: operationWasRead(context),
      schema: {
        ...{ tags, operationId: 'getCheckpointStatus', params: JobTriggerParameters },
        summary: 'How far a triggered checkpoint is.',
        response: { 200: CheckpointResult },
      },
    },
    async (request) => {
      const [jobId, triggerId] = idsOf(request.params);
      return pollOperation(context, request, {
        ...{ scope: scopeOf('checkpoint', jobId), triggerId },
        notFound: `There is no checkpoint operation with triggerId=${triggerId} for job ${jobId}.`,
        done: (checkpointId: number) => ({ checkpointId }),
        failed: (error) => ({ failureCause: failureCause(error) }),
      });
    },
  );
}

function disposalRoutes(app: RestApp, context: RestContext): void {
  app.post(
    '/savepoint-disposal',
    {
      config: { bodyName: 'SavepointDisposalRequest' },
      schema: {
        ...{ tags, operationId: 'disposeSavepoint', summary: 'Deletes a savepoint.' },
        body: SavepointDisposalRequest,
        response: { 200: TriggerResponse },
      },
    },
    async (request) => {
      const path = request.body['savepoint-path'];
      const start = () => context.unboundedGateway.disposeSavepoint(path);
      return { 'request-id': context.operations.trigger('disposal', undefined, start) };
    },
  );
  app.get(
    '/savepoint-disposal/:triggerid',
    {
      onResponse: operationWasRead(context),
      schema: {
        ...{ tags, operationId: 'getDisposalStatus', summary: 'How far a disposal is.' },
        params: TriggerParameters,
        response: { 200: OperationResult },
      },
    },
    async (request) => operationAnswer(context, request, 'disposal'),
  );
}

/** Cached results, of which there are none: deleting one is done at once, as in Flink. */
function dataSetRoutes(app: RestApp, context: RestContext): void {
  app.delete(
    '/datasets/:datasetid',
    { schema: { hide: true, response: { 202: TriggerResponse, 200: EmptyResponseBody } } },
    async (_request, reply) => {
      const id = context.operations.trigger('data set', undefined, async () => undefined);
      return reply.code(202).send({ 'request-id': id });
    },
  );
  app.get(
    '/datasets/delete/:triggerid',
    {
      onResponse: operationWasRead(context),
      schema: { hide: true, params: TriggerParameters, response: { 200: OperationResult } },
    },
    async (request) => operationAnswer(context, request, 'data set'),
  );
}

function operationAnswer(
  context: RestContext,
  request: Parameters<typeof pollOperation>[1] & {
    readonly params: { readonly triggerid: string };
  },
  scope: string,
) {
  const triggerId = request.params.triggerid.toLowerCase();
  return pollOperation(context, request, {
    ...{ scope, triggerId, notFound: `Operation not found under key: ${triggerId}` },
    done: (): { 'failure-cause'?: ReturnType<typeof failureCause> } => ({}),
    failed: (error) => ({ 'failure-cause': failureCause(error) }),
  });
}

/** @throws RestError 400 where neither the request nor the job names a directory */
async function checkDirectory(
  { cache }: RestContext,
  jobId: string,
  asked: { readonly directory: string | null | undefined; readonly field: string },
): Promise<void> {
  if (asked.directory != null) {
    return;
  }
  const { key, olderKeys } = CheckpointingOptions.SAVEPOINT_DIRECTORY;
  const keys = new Set([key, ...olderKeys.map((older) => older.key)]);
  const { configuration } = await cache.jobDetails(jobId);
  if (!configuration.some((entry) => keys.has(entry.key))) {
    throw RestError.refused(
      400,
      `Config key [${key}] is not set. Property [${asked.field}] must be provided.`,
    );
  }
}

function scopeOf(kind: string, jobId: string): string {
  return `${kind} ${jobId}`;
}

function idOf({ triggerId }: { readonly triggerId?: string | null }): string | undefined {
  return triggerId?.toLowerCase();
}

function idsOf(parameters: {
  readonly jobid: string;
  readonly triggerid: string;
}): readonly [string, string] {
  return [parameters.jobid.toLowerCase(), parameters.triggerid.toLowerCase()];
}
