/**
 * The log of the process, at the places where Flink shows that of its job manager and task managers.
 *
 * With `log.file` its files are shown, else the last of the log that is kept in memory. Task managers are
 * threads of the process: what they log is in the one log, with the name of the thread.
 *
 * Invariant: no file is read but those of the log.
 *
 * Flink: JobManagerLogFileHandler, JobManagerLogListHandler, TaskManagerLogFileHandler and their kin.
 */
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { LogExcerpt } from '@millrace/runtime';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { RestError } from '../http/rest-error.ts';
import type { RestApp, RestContext, RestRoom } from '../http/rest-room.ts';
import { Long } from '../schema/values.ts';

const LogListInfo = Type.Object(
  { logs: Type.Array(Type.Object({ name: Type.String(), size: Long(), mtime: Long() })) },
  { title: 'LogListInfo' },
);

const NO_STDOUT = 'This file does not exist in JobManager log dir.';

interface LogPlace {
  /** Before `/log`. */
  readonly path: string;
  /** Of the log in memory. */
  readonly name: string;
  /** Flink answers for its job manager that there is no such file, and for a task manager with a text that says so. */
  readonly stdout: { readonly status: 200; readonly text: string } | { readonly status: 404 };
  readonly operation: string;
}

const JOB_MANAGER: LogPlace = {
  path: '/jobmanager',
  name: 'jobmanager.log',
  stdout: { status: 404 },
  operation: 'JobManager',
};
const TASK_MANAGER: LogPlace = {
  path: '/taskmanagers/:taskmanagerid',
  name: 'taskmanager.log',
  stdout: {
    status: 200,
    text: 'The file STDOUT does not exist on the TaskExecutor. \nWhat the program prints is not kept: see the terminal, or the log of the container, that it runs in.',
  },
  operation: 'TaskManager',
};

export const logsRoom: RestRoom = (app, context) => {
  for (const place of [JOB_MANAGER, TASK_MANAGER]) {
    logRoutes(app, context, place);
  }
};

function logRoutes(app: RestApp, { gateway, cache }: RestContext, place: LogPlace): void {
  const { path, name, operation, stdout } = place;
  const tags = ['logs'];
  const check = async (params: unknown): Promise<void> => {
    const { taskmanagerid: wanted } = params as { taskmanagerid?: string };
    const known = wanted === undefined ? [] : await cache.taskManagers();
    if (wanted !== undefined && !known.some(({ id }) => id === wanted)) {
      throw RestError.notFound(`TaskExecutor ${wanted} is not registered`);
    }
  };
  app.get(
    `${path}/logs`,
    {
      schema: {
        ...{ tags, operationId: `get${operation}Logs`, summary: 'Files of the log.' },
        response: { 200: LogListInfo },
      },
    },
    async ({ params }) => {
      await check(params);
      return { logs: logFiles(await gateway.log(), name) };
    },
  );
  app.get(
    `${path}/log`,
    { schema: { tags, operationId: `get${operation}Log`, summary: 'The log.' } },
    async ({ params }, reply) => {
      await check(params);
      return sendLog(reply, await gateway.log());
    },
  );
  app.get<{ Params: { filename: string } }>(
    `${path}/logs/:filename`,
    { schema: { tags, operationId: `get${operation}LogFile`, summary: 'One file of the log.' } },
    async ({ params }, reply) => {
      await check(params);
      const log = await gateway.log();
      if (!logFiles(log, name).some((file) => file.name === params.filename)) {
        throw new RestError(404, NO_STDOUT);
      }
      return sendLog(reply, log, params.filename);
    },
  );
  app.get(
    `${path}/stdout`,
    {
      schema: {
        tags,
        operationId: `get${operation}Stdout`,
        summary: 'Not kept: it is the terminal’s.',
      },
    },
    async ({ params }, reply) => {
      await check(params);
      if (stdout.status === 404) {
        throw new RestError(404, NO_STDOUT);
      }
      // Flink says that it is JSON, which it is not.
      reply.header('content-type', 'application/json; charset=UTF-8');
      return reply.serializer((body: unknown) => String(body)).send(stdout.text);
    },
  );
}

function logFiles({ path, text, lastWriteMs }: LogExcerpt, name: string) {
  if (path === undefined) {
    return [{ name, size: Buffer.byteLength(text), mtime: lastWriteMs }];
  }
  const rolled = new RegExp(`^${escaped(basename(path))}(\\.\\d+)?$`);
  return readdirSync(dirname(path))
    .filter((each) => rolled.test(each))
    .flatMap((each) => {
      const stat = statSync(join(dirname(path), each), { throwIfNoEntry: false });
      return stat === undefined
        ? []
        : [{ name: each, size: stat.size, mtime: Math.floor(stat.mtimeMs) }];
    });
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** @param name - of a file of the log; the newest unless given */
function sendLog(reply: FastifyReply, { path, text }: LogExcerpt, name?: string): FastifyReply {
  reply.header('content-type', 'text/plain').serializer((body: unknown) => String(body));
  if (path === undefined) {
    return reply.send(text);
  }
  return reply.send(createReadStream(name === undefined ? path : join(dirname(path), name)));
}
