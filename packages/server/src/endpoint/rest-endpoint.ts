/** The endpoint in its thread: the app with all rooms, listening. */
import type { AddressInfo } from 'node:net';
import {
  type Clock,
  ConfigError,
  type Configuration,
  errorMessage,
  RestOptions,
  SecurityOptions,
  WebOptions,
} from '@millrace/core';
import type { DispatcherGateway } from '@millrace/runtime';
import { BriefCalls } from '../cache/brief-gateway.ts';
import { ExecutionGraphCache } from '../cache/execution-graph-cache.ts';
import { AnswerCache } from '../http/answer-cache.ts';
import { createRestApp } from '../http/rest-app.ts';
import type { RestApp, RestContext } from '../http/rest-room.ts';
import { InspectorThreadProfiler, type ThreadProfiler } from '../inspector/thread-profiles.ts';
import { describeRoutes } from '../openapi/openapi-document.ts';
import { AsyncOperations } from '../operations/async-operations.ts';
import { boundedGateway } from '../rpc/bounded-gateway.ts';
import { takeFirstPicture } from './first-picture.ts';
import { portTaken } from './free-port.ts';
import type { BindPorts } from './port-range.ts';
import { REPEATING_ROOMS, REST_ROOMS } from './rest-rooms.ts';

export interface RestEndpointOptions {
  readonly configuration: Configuration;
  readonly gateway: DispatcherGateway;
  readonly clock: Clock;
  /** By Node's inspector unless given. */
  readonly threads?: ThreadProfiler;
  /** A result waits to be read, or none does any more. */
  onHold(hold: boolean): void;
  /** The cluster was shut down from outside. */
  onClose(): void;
}

export class RestEndpoint {
  readonly app: RestApp;
  private readonly configuration: Configuration;
  private readonly cache: ExecutionGraphCache;
  private readonly clock: Clock;
  private listeningAt = '';

  constructor(options: RestEndpointOptions) {
    const { configuration, clock } = options;
    this.configuration = configuration;
    const timeoutMs = configuration.get(WebOptions.TIMEOUT);
    const brief = new BriefCalls(clock);
    const unboundedGateway = brief.gateway(options.gateway);
    const gateway = brief.gateway(boundedGateway(options.gateway, { clock, timeoutMs }));
    this.clock = clock;
    this.cache = new ExecutionGraphCache(gateway, configuration, clock);
    const context: RestContext = {
      configuration,
      clock,
      gateway,
      unboundedGateway,
      threads: options.threads ?? new InspectorThreadProfiler(clock),
      cache: this.cache,
      operations: new AsyncOperations({
        clock,
        storeDurationMs: configuration.get(RestOptions.ASYNC_OPERATION_STORE_DURATION),
        onHold: options.onHold,
      }),
      url: () => this.listeningAt,
      closeEndpoint: () => options.onClose(),
    };
    this.app = createRestApp(configuration);
    describeRoutes(this.app);
    const answers = new AnswerCache(this.app, configuration, clock);
    for (const room of REST_ROOMS) {
      this.app.register((app, _options, done) => {
        if (REPEATING_ROOMS.has(room)) {
          answers.serve(app as RestApp);
        }
        room(app as RestApp, context);
        done();
      });
    }
  }

  /**
   * @returns where clients reach it
   * @throws ConfigError `REST_PORT_TAKEN`, `REST_ENDPOINT_FAILED`
   */
  async listen(bind: BindPorts): Promise<string> {
    const host = this.configuration.get(RestOptions.BIND_ADDRESS);
    for (const port of bind.ports) {
      try {
        await this.app.listen({ host, port, exclusive: true });
        this.listeningAt = this.urlOf(host);
        void takeFirstPicture(this.cache, this.clock);
        return this.listeningAt;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
          throw new ConfigError(
            'REST_ENDPOINT_FAILED',
            `the REST endpoint cannot be started on ${host}:${port}: ${errorMessage(error)}`,
            { cause: error },
          );
        }
      }
    }
    throw portTaken(host, bind);
  }

  private urlOf(host: string): string {
    const scheme = this.configuration.get(SecurityOptions.SSL_REST_ENABLED) ? 'https' : 'http';
    const { port } = this.app.server.address() as AddressInfo;
    const isAny = host === '0.0.0.0' || host === '::';
    const name = this.configuration.get(RestOptions.ADDRESS) ?? (isAny ? 'localhost' : host);
    const prefix = this.configuration.get(RestOptions.URL_PREFIX).slice(0, -1);
    return `${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}${prefix}`;
  }
}
