/** The process as a cluster: `/config`, `/overview`, `/datasets`, `DELETE /cluster`. */
import { WebOptions } from '@millrace/core';
import type { JobOverview } from '@millrace/runtime';
import type { RestApp, RestContext, RestRoom } from '../http/rest-room.ts';
import { EmptyResponseBody } from '../schema/answers.ts';
import {
  ClusterDataSetListResponseBody,
  ClusterOverviewWithVersion,
  DashboardConfiguration,
} from './cluster-schemas.ts';
import { FLINK_REVISION, FLINK_VERSION, VERSION_ID } from './version.ts';

const tags = ['cluster'];

export const clusterRoom: RestRoom = (app, context) => {
  app.get(
    '/config',
    {
      schema: {
        ...{ tags, operationId: 'getConfig', summary: 'What the web UI needs to know at first.' },
        response: { 200: DashboardConfiguration },
      },
    },
    async () => dashboardConfiguration(context),
  );
  app.get(
    '/overview',
    {
      schema: {
        ...{
          tags,
          operationId: 'getOverview',
          summary: 'Numbers of task managers, slots and jobs.',
        },
        response: { 200: ClusterOverviewWithVersion },
      },
    },
    async () => {
      const [jobs, taskManagers] = await Promise.all([
        context.cache.jobs(),
        context.cache.taskManagers(),
      ]);
      return {
        taskmanagers: taskManagers.length,
        'slots-total': sum(taskManagers.map(({ slotsNumber }) => slotsNumber)),
        'slots-available': sum(taskManagers.map(({ freeSlots }) => freeSlots)),
        ...jobCounts(jobs),
        'flink-version': FLINK_VERSION,
        'flink-commit': VERSION_ID,
      };
    },
  );
  app.get(
    '/datasets',
    {
      schema: {
        ...{
          tags,
          operationId: 'getDataSets',
          summary: 'Cached intermediate results: there are none.',
        },
        response: { 200: ClusterDataSetListResponseBody },
      },
    },
    async () => ({ dataSets: [] }),
  );
  shutDownRoute(app, context);
};

function shutDownRoute(app: RestApp, context: RestContext): void {
  app.delete(
    '/cluster',
    {
      schema: {
        ...{ tags, operationId: 'shutDownCluster' },
        summary: 'Ends all jobs of the process and then the endpoint.',
        response: { 200: EmptyResponseBody },
      },
      onResponse: (_request, reply, done) => {
        if (reply.statusCode === 200) {
          context.closeEndpoint();
        }
        done();
      },
    },
    async () => {
      await context.unboundedGateway.shutDown();
      return {};
    },
  );
}

function dashboardConfiguration({ clock, configuration }: RestContext) {
  const now = new Date(clock.now());
  const parts = new Intl.DateTimeFormat('en-US', { timeZoneName: 'long' }).formatToParts(now);
  return {
    'refresh-interval': configuration.get(WebOptions.REFRESH_INTERVAL),
    'timezone-name': parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'UTC',
    'timezone-offset': -now.getTimezoneOffset() * 60_000,
    'flink-version': FLINK_VERSION,
    'flink-revision': FLINK_REVISION,
    features: {
      'web-submit': false, // Of programs of a JVM.
      'web-cancel': configuration.get(WebOptions.CANCEL_ENABLE),
      'web-rescale': configuration.get(WebOptions.RESCALE_ENABLE),
      'web-history': false,
    },
  };
}

function jobCounts(jobs: readonly JobOverview[]) {
  const count = (status: JobOverview['status']) =>
    jobs.filter((job) => job.status === status).length;
  const [finished, cancelled, failed] = [count('FINISHED'), count('CANCELED'), count('FAILED')];
  return {
    'jobs-running': jobs.length - finished - cancelled - failed,
    'jobs-finished': finished,
    'jobs-cancelled': cancelled,
    'jobs-failed': failed,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
