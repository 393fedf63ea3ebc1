/**
 * The one REST endpoint of the process, started by the first job whose configuration asks for one.
 *
 * Invariants:
 * - Its package is loaded only when it is asked for.
 * - A job waits until a free port is known, not until the endpoint listens.
 * - It keeps the process alive only with `execution.shutdown-on-application-finish: false`.
 *
 * Flink: ClusterEntrypoint, MiniCluster, which start a RestServerEndpoint.
 */
import {
  ConfigError,
  type Configuration,
  DeploymentOptions,
  errorMessage,
  RestOptions,
  SystemClock,
} from '@millrace/core';
import { dispatcherOfProcess } from '../dispatcher/dispatcher.ts';
import type { DispatcherGateway } from '../gateway/dispatcher-gateway.ts';

/** What `@millrace/server` exports for us. */
export interface RestServerModule {
  /** @throws ConfigError `REST_PORT_TAKEN`, `REST_ENDPOINT_FAILED`, `CONFIG_VALUE_INVALID` */
  startRestServer(configuration: Configuration, gateway: DispatcherGateway): Promise<RestServer>;
}

export interface RestServer {
  /** Resolves when it listens: `http://127.0.0.1:8081`. Rejects when it cannot, or ended before. */
  readonly url: Promise<string>;
  /** Resolves when it has ended, whatever ended it. */
  readonly ended: Promise<void>;
  /** Resolves when no client is about to read what it triggered. */
  resultsRead(): Promise<void>;
  /** From now on the process stays until it is closed. */
  keepAlive(): void;
  close(): Promise<void>;
}

const RESULTS_READ_MS = 10_000; // As the server holds a result that nobody reads.
const SERVER = '@millrace/server';
const { SHUTDOWN_ON_APPLICATION_FINISH } = DeploymentOptions;

let endpoint: Promise<RestServer> | undefined;

/** Flink: ClusterClient.getWebInterfaceURL. `undefined` where no job asked for an endpoint. */
export async function webInterfaceUrl(): Promise<string | undefined> {
  return (await endpoint)?.url;
}

/**
 * Resolves when no client is about to read what it triggered, at the latest after `RESULTS_READ_MS`:
 * an error that ends the process would else take the path of a savepoint with it.
 */
export async function resultsRead(): Promise<void> {
  const server = await endpoint?.catch(() => undefined);
  if (server === undefined) {
    return;
  }
  const clock = new SystemClock();
  await new Promise<void>((resolve) => {
    const timer = clock.setTimer(RESULTS_READ_MS, resolve);
    void Promise.race([server.resultsRead(), server.ended]).then(() => {
      timer.cancel();
      resolve();
    });
  });
}

/** Ends the endpoint of the process; the next job that asks for one starts another. */
export async function closeRestEndpoint(): Promise<void> {
  await (await endpoint)?.close();
}

/**
 * Does nothing where the configuration asks for none, or one is there.
 *
 * @throws ConfigError `REST_PORT_TAKEN`, `REST_ENDPOINT_FAILED`, `CONFIG_VALUE_INVALID`
 */
export async function startRestEndpoint(
  configuration: Configuration,
  warn: (message: string) => void,
): Promise<void> {
  const stays = !configuration.get(SHUTDOWN_ON_APPLICATION_FINISH);
  if (!configuration.contains(RestOptions.PORT) && !configuration.contains(RestOptions.BIND_PORT)) {
    if (stays && endpoint === undefined) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `${SHUTDOWN_ON_APPLICATION_FINISH.key} is false, and nothing would be there to reach the process; ` +
          `set ${RestOptions.PORT.key} too`,
      );
    }
  } else if (endpoint === undefined) {
    const starting = start(configuration, warn);
    endpoint = starting;
    starting.catch(() => forget(starting));
  }
  const server = await endpoint;
  if (stays) {
    server?.keepAlive();
  }
}

async function start(
  configuration: Configuration,
  warn: (message: string) => void,
): Promise<RestServer> {
  const { startRestServer } = await loadServer();
  const server = await startRestServer(configuration, dispatcherOfProcess());
  const starting = endpoint;
  void server.ended.then(() => forget(starting));
  server.url.then(
    (url) => {
      warn(`REST endpoint: ${url}`);
      announce(url, configuration.get(RestOptions.AUTH_TOKEN));
    },
    (error: unknown) => warn(errorMessage(error)),
  );
  return server;
}

/**
 * Who started the process may want to know the port that was taken of a range: `millrace run` leaves a
 * function under this symbol.
 */
function announce(url: string, token: string | undefined): void {
  const listener = (globalThis as unknown as Record<symbol, unknown>)[
    Symbol.for('millrace.rest.listening')
  ];
  if (typeof listener === 'function') {
    listener(url, token);
  }
}

function forget(ended: Promise<RestServer> | undefined): void {
  if (endpoint === ended) {
    endpoint = undefined;
  }
}

async function loadServer(): Promise<RestServerModule> {
  try {
    return (await import(SERVER)) as RestServerModule;
  } catch (cause) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `${RestOptions.PORT.key} asks for a REST endpoint, whose package cannot be imported; run ` +
        `\`npm install ${SERVER}\`, or leave out ${RestOptions.PORT.key} and ${RestOptions.BIND_PORT.key} (${errorMessage(cause)})`,
      { cause },
    );
  }
}
