/**
 * What a room gives to the REST endpoint: a function that registers its routes, and what they get.
 *
 * A room (`src/<room>`) exports one `RestRoom`, and `endpoint/rest-rooms.ts` lists it; that is all.
 * Routes have the paths of Flink's REST without version: `/v1` and `rest.url-prefix` are cut off before.
 */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Clock, Configuration } from '@millrace/core';
import type { DispatcherGateway } from '@millrace/runtime';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ExecutionGraphCache } from '../cache/execution-graph-cache.ts';
import type { ThreadProfiler } from '../inspector/thread-profiles.ts';
import type { AsyncOperations } from '../operations/async-operations.ts';

/** Fastify whose requests are typed by the schemas of their routes. */
export type RestApp = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export type RestRoom = (app: RestApp, context: RestContext) => void;

export interface RestContext {
  /** A call that the thread of the jobs does not answer within `web.timeout` fails with `REST_TIMEOUT`. */
  readonly gateway: DispatcherGateway;
  /** The same without a bound, for what takes as long as it takes: savepoints. */
  readonly unboundedGateway: DispatcherGateway;
  /** Pictures of jobs, at most `web.refresh-interval` old. */
  readonly cache: ExecutionGraphCache;
  /** Triggered operations and their results. */
  readonly operations: AsyncOperations;
  /** Of the job that started the endpoint. */
  readonly configuration: Configuration;
  readonly clock: Clock;
  /** Samples the threads of the process. */
  readonly threads: ThreadProfiler;
  /** Where the endpoint listens: `http://127.0.0.1:8081`. */
  url(): string;
  /** Closes the endpoint once the answer is out, and with it what kept the process alive. */
  closeEndpoint(): void;
}
