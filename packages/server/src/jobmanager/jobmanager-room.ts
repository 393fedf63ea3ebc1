/**
 * What the process is: its configuration and what it runs on. It is the same for each of its jobs.
 *
 * Flink: ClusterConfigHandler, JobManagerEnvironmentHandler, JobManagerJobConfigurationHandler,
 * JobManagerJobEnvironmentHandler, GeneratedLogUrlHandler.
 */
import { Type } from 'typebox';
import type { RestRoom } from '../http/rest-room.ts';
import { JobParameters } from '../schema/parameters.ts';

const ConfigurationInfo = Type.Array(Type.Object({ key: Type.String(), value: Type.String() }), {
  title: 'ConfigurationInfo',
});

const EnvironmentInfo = Type.Object(
  {
    jvm: Type.Object({
      version: Type.String(),
      arch: Type.String(),
      options: Type.Array(Type.String()),
    }),
    classpath: Type.Array(Type.String()),
  },
  { title: 'EnvironmentInfo' },
);

const LogUrlResponse = Type.Object({ url: Type.String() }, { title: 'LogUrlResponse' });

const JobTaskManagerParameters = Type.Object({
  ...JobParameters.properties,
  taskmanagerid: Type.String({ description: 'As in /taskmanagers.' }),
});

const tags = ['job manager'];

export const jobManagerRoom: RestRoom = (app, { gateway, cache }) => {
  app.get(
    '/jobmanager/config',
    {
      schema: {
        ...{ tags, operationId: 'getJobManagerConfig', response: { 200: ConfigurationInfo } },
        summary: 'The configuration of the process, that of its first job; secrets hidden.',
      },
    },
    async () => [...(await gateway.configuration())],
  );
  app.get(
    '/jobs/:jobid/jobmanager/config',
    {
      schema: {
        ...{ tags, operationId: 'getJobManagerConfigOfJob', params: JobParameters },
        // Flink has one for all jobs; here each program brings its own.
        summary:
          'What is set for a job: by files, by the command line and by its program; secrets hidden.',
        response: { 200: ConfigurationInfo },
      },
    },
    async ({ params }) => [...(await cache.jobDetails(params.jobid)).configuration],
  );
  const ofEnvironment = { summary: 'Node and its options.', response: { 200: EnvironmentInfo } };
  app.get(
    '/jobmanager/environment',
    { schema: { tags, operationId: 'getJobManagerEnvironment', ...ofEnvironment } },
    environment,
  );
  app.get(
    '/jobs/:jobid/jobmanager/environment',
    {
      schema: {
        ...{ tags, operationId: 'getJobManagerEnvironmentOfJob', params: JobParameters },
        ...ofEnvironment,
      },
    },
    environment,
  );
  const ofUrl = { response: { 200: LogUrlResponse } };
  app.get(
    '/jobs/:jobid/jobmanager/log-url',
    {
      schema: {
        ...{ tags, operationId: 'getJobManagerLogUrl', params: JobParameters, ...ofUrl },
        summary: 'The page of the web UI with the log.',
      },
    },
    (request) =>
      Promise.resolve({ url: `${request.protocol}://${request.host}/#/job-manager/logs` }),
  );
  app.get(
    '/jobs/:jobid/taskmanagers/:taskmanagerid/log-url',
    {
      schema: {
        ...{ tags, operationId: 'getTaskManagerLogUrl', params: JobTaskManagerParameters },
        ...{ summary: 'The page of the web UI with the log of a task manager.', ...ofUrl },
      },
    },
    (request) =>
      Promise.resolve({
        url: `${request.protocol}://${request.host}/#/task-manager/${encodeURIComponent(request.params.taskmanagerid)}/logs`,
      }),
  );
};

function environment() {
  const ofEnvironment = (process.env.NODE_OPTIONS ?? '').split(' ').filter((each) => each !== '');
  return Promise.resolve({
    jvm: {
      version: `Node.js ${process.version} - V8 ${process.versions.v8}`,
      arch: process.arch,
      options: [...process.execArgv, ...ofEnvironment],
    },
    classpath: [],
  });
}
