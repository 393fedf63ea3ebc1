/** Where the tasks of a vertex spend their time. Flink: JobVertexFlameGraphHandler. */
import { RestOptions } from '@millrace/core';
import type { JobVertexDetails } from '@millrace/runtime';
import { Type } from 'typebox';
import { RestError } from '../http/rest-error.ts';
import type { RestContext, RestRoom } from '../http/rest-room.ts';
import { VertexParameters } from '../schema/parameters.ts';
import { Int, Long } from '../schema/values.ts';
import { isThreadOf } from '../threads/task-manager-threads.ts';
import { type FlameGraphType, type FlameNode, flameGraph } from './flame-graph.ts';
import { JobSamples, type Samples } from './job-samples.ts';

/** Instead of a time. */
const TERMINATED = { endTimestamp: -1 };
const DISABLED = { endTimestamp: -2 };
const WAITING = { endTimestamp: -3 };

const PATIENCE_MS = 10_000;
const TYPES: readonly string[] = ['FULL', 'ON_CPU', 'OFF_CPU'];
const ENDED: ReadonlySet<string> = new Set(['FINISHED', 'CANCELED', 'FAILED']);

const FlameGraphQuery = Type.Object({
  type: Type.Optional(Type.String()),
  subtaskindex: Type.Optional(Type.Integer()),
});

const VertexFlameGraph = Type.Object(
  {
    endTimestamp: Long(),
    data: Type.Optional(
      Type.Object({
        name: Type.String(),
        value: Int(),
        children: Type.Array(
          Type.Unsafe<FlameNode>({ type: 'object', additionalProperties: true }),
        ),
      }),
    ),
  },
  { title: 'VertexFlameGraph' },
);

export const flameGraphRoom: RestRoom = (app, context) => {
  const { cache, clock, configuration } = context;
  const samples = new JobSamples({
    clock,
    refreshIntervalMs: configuration.get(RestOptions.FLAMEGRAPH_REFRESH_INTERVAL),
    cleanupIntervalMs: configuration.get(RestOptions.FLAMEGRAPH_CLEANUP_INTERVAL),
  });
  const depthMax = configuration.get(RestOptions.FLAMEGRAPH_STACK_DEPTH);
  app.get(
    '/jobs/:jobid/vertices/:vertexid/flamegraph',
    {
      schema: {
        ...{ tags: ['vertices'], operationId: 'getFlameGraph' },
        summary: 'Where the tasks of a vertex spend their time, by samples of their threads.',
        params: VertexParameters,
        querystring: FlameGraphQuery,
        response: { 200: VertexFlameGraph },
      },
    },
    async ({ params, query }) => {
      const type = typeOf(query.type);
      if (!configuration.get(RestOptions.ENABLE_FLAMEGRAPH)) {
        return DISABLED;
      }
      const { jobId, vertices } = await cache.jobDetails(params.jobid.toLowerCase());
      const vertex = vertices.find(({ id }) => id === params.vertexid.toLowerCase());
      if (vertex === undefined) {
        throw RestError.refused(404, `No vertex with ID ${params.vertexid.toLowerCase()} exists.`);
      }
      const subtasks = subtasksOf(vertex, query.subtaskindex);
      if (subtasks.every(({ state }) => ENDED.has(state))) {
        return TERMINATED;
      }
      const managers = new Set(
        vertices.flatMap((each) => each.subtasks.map(({ taskManagerId }) => taskManagerId)),
      );
      const found = samples.of(jobId, () => sample(context, managers));
      if (found === undefined) {
        return WAITING;
      }
      const tasks = subtasks.flatMap(({ subtask, taskManagerId = '' }) =>
        profilesOf(found, taskManagerId).map((profile) => ({
          ...{ jobId, vertexId: vertex.id, subtask, profile },
        })),
      );
      const data = flameGraph(tasks, { type, depthMax });
      return { endTimestamp: found.endTimestamp, data: { ...data, children: [...data.children] } };
    },
  );
};

function sample(
  { configuration, threads }: RestContext,
  managers: ReadonlySet<string | undefined>,
): ReturnType<RestContext['threads']['profile']> {
  const intervalMs = configuration.get(RestOptions.FLAMEGRAPH_DELAY);
  return threads.profile({
    intervalMs,
    durationMs: intervalMs * configuration.get(RestOptions.FLAMEGRAPH_NUM_SAMPLES),
    patienceMs: PATIENCE_MS,
    wants: (thread) => [...managers].some((id) => id !== undefined && isThreadOf(id, thread)),
  });
}

/** Several jobs may have a worker of one name; the frames of their tasks tell them apart. */
function profilesOf({ profiles }: Samples, taskManagerId: string) {
  return profiles.flatMap(({ thread, profile }) =>
    profile !== undefined && isThreadOf(taskManagerId, thread) ? [profile] : [],
  );
}

function subtasksOf({ id, subtasks }: JobVertexDetails, index: number | undefined) {
  const found = subtasks.filter(({ subtask }) => index === undefined || subtask === index);
  if (index !== undefined && found.length === 0) {
    throw RestError.refused(404, `Invalid subtask index for vertex ${id}`);
  }
  return found;
}

function typeOf(text = 'FULL'): FlameGraphType {
  const type = text.toUpperCase();
  if (!TYPES.includes(type)) {
    throw RestError.badParameter('query parameter (type)', text);
  }
  return type as FlameGraphType;
}
