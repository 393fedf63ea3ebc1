/**
 * Metrics of jobs, vertices, subtasks, task managers and the job manager.
 *
 * What is not known has no metrics: the answer is an empty list. Flink: AbstractMetricsHandler.
 */

import { RestError } from '../http/rest-error.ts';
import type { RestApp, RestContext, RestRoom } from '../http/rest-room.ts';
import { aggregate, aggregationsOf, subtasksOf } from './aggregate-metrics.ts';
import { backPressureInfo } from './back-pressure.ts';
import { type MetricFetcher, metricFetcherOf } from './metric-fetcher.ts';
import type { ComponentMetrics } from './metric-store.ts';
import {
  AggregatedMetricsResponseBody,
  JobParameters,
  JobsQuery,
  JobVertexBackPressureInfo,
  MetricCollectionResponseBody,
  MetricsQuery,
  SubtaskParameters,
  SubtasksQuery,
  TaskManagerParameters,
  TaskManagersQuery,
  VertexParameters,
} from './metrics-schemas.ts';

const tags = ['metrics'];
const VERTEX = '/jobs/:jobid/vertices/:vertexid';

export const metricsRoom: RestRoom = (app, context) => {
  const fetcher = metricFetcherOf(context);
  componentRoutes(app, fetcher);
  vertexRoutes(app, fetcher);
  aggregatedRoutes(app, fetcher);
  backPressureRoute(app, context);
};

function componentRoutes(app: RestApp, fetcher: MetricFetcher): void {
  app.get(
    '/jobmanager/metrics',
    { schema: metricsSchema('getJobManagerMetrics', 'Metrics of the process.', {}) },
    async ({ query }) => collection((await fetcher.fetch()).jobManager, query.get),
  );
  app.get(
    '/taskmanagers/:taskmanagerid/metrics',
    {
      schema: metricsSchema('getTaskManagerMetrics', 'Metrics of one task manager.', {
        params: TaskManagerParameters,
      }),
    },
    async ({ params, query }) => {
      const { taskManagers } = await fetcher.fetch();
      return collection(taskManagers.get(params.taskmanagerid), query.get);
    },
  );
  app.get(
    '/jobs/:jobid/metrics',
    { schema: metricsSchema('getJobMetrics', 'Metrics of one job.', { params: JobParameters }) },
    async ({ params, query }) =>
      collection((await fetcher.fetch()).jobs.get(params.jobid), query.get),
  );
}

function vertexRoutes(app: RestApp, fetcher: MetricFetcher): void {
  const params = VertexParameters;
  app.get(
    `${VERTEX}/metrics`,
    { schema: metricsSchema('getVertexMetrics', 'Metrics of all subtasks.', { params }) },
    async ({ params: { jobid, vertexid }, query }) =>
      collection((await fetcher.fetch()).vertex(jobid, vertexid)?.all, query.get),
  );
  app.get(
    `${VERTEX}/jm-operator-metrics`,
    { schema: metricsSchema('getCoordinatorMetrics', 'Metrics of coordinators.', { params }) },
    async ({ params: { jobid, vertexid }, query }) =>
      collection((await fetcher.fetch()).vertex(jobid, vertexid)?.jobManagerOperators, query.get),
  );
  app.get(
    `${VERTEX}/subtasks/:subtaskindex/metrics`,
    {
      schema: metricsSchema('getSubtaskMetrics', 'Metrics of one subtask.', {
        params: SubtaskParameters,
      }),
    },
    async ({ params: { jobid, vertexid, subtaskindex }, query }) => {
      const { subtasks } = (await fetcher.fetch()).vertex(jobid, vertexid) ?? {};
      return collection(subtasks?.get(subtaskindex), query.get);
    },
  );
  app.get(
    `${VERTEX}/watermarks`,
    {
      schema: {
        ...{ tags, params, operationId: 'getWatermarks', summary: 'Watermarks of the subtasks.' },
        response: { 200: MetricCollectionResponseBody },
      },
    },
    async ({ params: { jobid, vertexid } }) => {
      const { subtasks } = (await fetcher.fetch()).vertex(jobid, vertexid) ?? {};
      return [...(subtasks ?? [])]
        .sort(([a], [b]) => a - b)
        .flatMap(([subtask, metrics]) => {
          const value = metrics.get('currentInputWatermark');
          return value === undefined ? [] : [{ id: `${subtask}.currentInputWatermark`, value }];
        });
    },
  );
}

function aggregatedRoutes(app: RestApp, fetcher: MetricFetcher): void {
  const response = { 200: AggregatedMetricsResponseBody };
  app.get(
    '/jobs/metrics',
    {
      schema: {
        ...{ tags, response, querystring: JobsQuery, operationId: 'getJobsMetrics' },
        summary: 'Metrics of several jobs in one.',
      },
    },
    async ({ query }) =>
      aggregated(chosen((await fetcher.fetch()).jobs, query.jobs?.toLowerCase()), query),
  );
  app.get(
    '/taskmanagers/metrics',
    {
      schema: {
        ...{ tags, response, querystring: TaskManagersQuery },
        ...{ operationId: 'getTaskManagersMetrics', summary: 'Of several task managers in one.' },
      },
    },
    async ({ query }) =>
      aggregated(chosen((await fetcher.fetch()).taskManagers, query.taskmanagers), query),
  );
  app.get(
    `${VERTEX}/subtasks/metrics`,
    {
      schema: {
        ...{ tags, response, params: VertexParameters, querystring: SubtasksQuery },
        ...{ operationId: 'getSubtasksMetrics', summary: 'Metrics of several subtasks in one.' },
      },
    },
    async ({ params: { jobid, vertexid }, query }) => {
      const wanted = subtasksOf(query.subtasks);
      const { subtasks } = (await fetcher.fetch()).vertex(jobid, vertexid) ?? {};
      const components = [...(subtasks ?? [])].filter(([index]) => wanted?.has(index) ?? true);
      return aggregated(
        components.map(([, metrics]) => metrics),
        query,
      );
    },
  );
}

function backPressureRoute(app: RestApp, { cache, clock }: RestContext): void {
  app.get(
    `${VERTEX}/backpressure`,
    {
      schema: {
        ...{ tags, params: VertexParameters, operationId: 'getBackPressure' },
        summary: 'How much of its time each subtask waits for room.',
        response: { 200: JobVertexBackPressureInfo },
      },
    },
    async ({ params: { jobid, vertexid } }) => {
      const { vertices } = await cache.jobDetails(jobid);
      const vertex = vertices.find(({ id }) => id === vertexid);
      if (vertex === undefined) {
        throw RestError.notFound(`JobVertex ${vertexid} not found`);
      }
      return backPressureInfo(vertex, clock.now());
    },
  );
}

function metricsSchema<P extends object>(operationId: string, summary: string, more: P) {
  return {
    ...{ tags, operationId, summary, ...more },
    querystring: MetricsQuery,
    response: { 200: MetricCollectionResponseBody },
  };
}

/** Names; with `get` the values of those. */
function collection(metrics: ComponentMetrics | undefined, get: string | undefined) {
  if (metrics === undefined) {
    return [];
  }
  if (get === undefined || get === '') {
    return Array.from(metrics.keys(), (id) => ({ id }));
  }
  return get.split(',').flatMap((id) => {
    const value = metrics.get(id);
    return value === undefined ? [] : [{ id, value }];
  });
}

function aggregated(
  components: readonly ComponentMetrics[],
  query: { readonly get?: string; readonly agg?: string },
) {
  const aggregations = aggregationsOf(query.agg);
  if (query.get === undefined || query.get === '') {
    return Array.from(new Set(components.flatMap((each) => [...each.keys()])), (id) => ({ id }));
  }
  return aggregate(components, query.get.split(','), aggregations);
}

function chosen(
  all: ReadonlyMap<string, ComponentMetrics>,
  ids: string | undefined,
): readonly ComponentMetrics[] {
  return ids === undefined || ids === ''
    ? [...all.values()]
    : ids.split(',').flatMap((id) => all.get(id) ?? []);
}
