/** What the process is: its configuration and what it runs on. Flink: JobManagerConfigRestHandler, JobManagerEnvironmentHandler. */
import { Type } from 'typebox';
import type { RestRoom } from '../http/rest-room.ts';

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

export const jobManagerRoom: RestRoom = (app, { gateway }) => {
  const tags = ['job manager'];
  app.get(
    '/jobmanager/config',
    {
      schema: {
        ...{ tags, operationId: 'getJobManagerConfig' },
        summary: 'The configuration of the process, secrets hidden.',
        response: { 200: ConfigurationInfo },
      },
    },
    async () => [...(await gateway.configuration())],
  );
  app.get(
    '/jobmanager/environment',
    {
      schema: {
        ...{ tags, operationId: 'getJobManagerEnvironment', summary: 'Node and its options.' },
        response: { 200: EnvironmentInfo },
      },
    },
    async () => ({
      jvm: {
        version: `Node.js ${process.version} - V8 ${process.versions.v8}`,
        arch: process.arch,
        options: (process.env.NODE_OPTIONS ?? '').split(' ').filter((option) => option !== ''),
      },
      classpath: [],
    }),
  );
};
