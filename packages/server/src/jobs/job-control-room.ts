/** What is done to a job at once: cancelling, and what Flink has beside it. */
import { Type } from 'typebox';
import { RestError } from '../http/rest-error.ts';
import type { RestApp, RestContext, RestRoom } from '../http/rest-room.ts';
import { EmptyResponseBody } from '../schema/answers.ts';
import { JobParameters, JobTriggerParameters } from '../schema/parameters.ts';
import { Int, Long } from '../schema/values.ts';

const tags = ['jobs'];
const params = JobParameters;

declare module 'fastify' {
  interface FastifyRequest {
    /** What is cancelled once the answer is out. */
    jobToCancel?: string;
  }
}

export const jobControlRoom: RestRoom = (app, context) => {
  cancelRoutes(app, context);
  heartbeatRoute(app, context);
  requirementRoutes(app, context);
  rescalingRoutes(app);
};

function cancelRoutes(app: RestApp, context: RestContext): void {
  const querystring = Type.Object({ mode: Type.Optional(Type.String()) });
  const response = { 202: EmptyResponseBody };
  for (const [method, url] of [
    ['PATCH', '/jobs/:jobid'],
    ['GET', '/jobs/:jobid/yarn-cancel'],
  ] as const) {
    app.route({
      method,
      url,
      schema: {
        ...(method === 'GET' ? { hide: true } : { tags, operationId: 'cancelJob' }),
        summary: 'Cancels a job.',
        ...{ params, querystring, response },
      },
      // The end of a job may be the end of the process: the answer goes out before.
      onResponse: (request, _reply, done) => {
        if (request.jobToCancel !== undefined) {
          context.unboundedGateway.cancelJob(request.jobToCancel).catch(() => {});
        }
        done();
      },
      handler: async (request, reply) => {
        const { jobid } = request.params as { jobid: string };
        const { mode = 'cancel' } = request.query as { mode?: string };
        await checkCancel(context, jobid.toLowerCase(), mode);
        request.jobToCancel = jobid.toLowerCase();
        return reply.code(202).send({});
      },
    });
  }
}

/** @throws RestError 308, 400, 404, 409 */
async function checkCancel({ gateway }: RestContext, jobId: string, mode: string): Promise<void> {
  if (mode.toLowerCase() === 'stop') {
    throw RestError.refused(
      308,
      'The termination mode "stop" has been removed. For an ungraceful shutdown, please use "cancel" instead. ' +
        'For a graceful shutdown, please use "jobs/:jobId/stop" instead.',
    );
  }
  if (mode.toLowerCase() !== 'cancel') {
    throw RestError.badParameter('query parameter (mode)', mode);
  }
  const status = await gateway.jobStatus(jobId);
  if (status === 'FINISHED' || status === 'FAILED' || status === 'SUSPENDED') {
    throw RestError.refused(
      409,
      `Job cancellation failed because the job has already reached another terminal state (${status}).`,
    );
  }
}

function heartbeatRoute(app: RestApp, { gateway }: RestContext): void {
  app.patch(
    '/jobs/:jobid/clientHeartbeat',
    {
      config: { bodyName: 'JobClientHeartbeatRequestBody' },
      schema: {
        ...{ tags, operationId: 'reportClientHeartbeat', params },
        summary: 'Says that an attached client is alive. A job here does not end with its client.',
        body: Type.Object(
          { expiredTimestamp: Type.Optional(Long()) },
          { additionalProperties: false },
        ),
        response: { 202: EmptyResponseBody },
      },
    },
    async (request, reply) => {
      await gateway.jobStatus(request.params.jobid.toLowerCase());
      return reply.code(202).send({});
    },
  );
}

const JobResourceRequirementsBody = Type.Record(
  Type.String({ pattern: '^[0-9a-fA-F]{32}$' }),
  Type.Object(
    {
      parallelism: Type.Object(
        { lowerBound: Int(), upperBound: Int() },
        { additionalProperties: false },
      ),
    },
    { additionalProperties: false },
  ),
  { title: 'JobResourceRequirementsBody', additionalProperties: false },
);

function requirementRoutes(app: RestApp, { gateway }: RestContext): void {
  const path = '/jobs/:jobid/resource-requirements';
  app.get(
    path,
    {
      schema: {
        ...{ tags, operationId: 'getJobResourceRequirements', params },
        summary: 'Bounds of the parallelism of each vertex.',
        response: { 200: JobResourceRequirementsBody },
      },
    },
    async (request) => {
      const bounds = await gateway.resourceRequirements(request.params.jobid.toLowerCase());
      return Object.fromEntries(
        Object.entries(bounds).map(([vertexId, parallelism]) => [
          vertexId,
          { parallelism: { ...parallelism } },
        ]),
      );
    },
  );
  app.put(
    path,
    {
      config: { bodyName: 'JobResourceRequirementsBody' },
      schema: {
        ...{ tags, operationId: 'updateJobResourceRequirements', params },
        summary: 'Changes the bounds of the parallelism of each vertex.',
        body: JobResourceRequirementsBody,
        response: { 200: EmptyResponseBody },
      },
    },
    async (request) => {
      const bounds = Object.fromEntries(
        Object.entries(request.body).map(([vertexId, { parallelism }]) => [vertexId, parallelism]),
      );
      await gateway.updateResourceRequirements(request.params.jobid.toLowerCase(), bounds);
      return {};
    },
  );
}

/** What Flink refuses since 1.9. */
function rescalingRoutes(app: RestApp): void {
  const refuse = async (): Promise<never> => {
    throw RestError.refused(503, 'Rescaling is temporarily disabled. See FLINK-12312.');
  };
  app.patch(
    '/jobs/:jobid/rescaling',
    { schema: { hide: true, params, querystring: Type.Object({ parallelism: Int() }) } },
    refuse,
  );
  app.get(
    '/jobs/:jobid/rescaling/:triggerid',
    { schema: { hide: true, params: JobTriggerParameters } },
    refuse,
  );
}
