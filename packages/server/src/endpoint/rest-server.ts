/**
 * The REST endpoint of a process, as its main thread sees it: a worker thread with the HTTP server, and a
 * port over which that asks the gateway.
 *
 * Invariants:
 * - It never keeps the process alive, but while `keepAlive` was asked for, or while a client is about to
 *   read the result of what it triggered.
 * - What can be wrong with settings and ports is told before the thread starts.
 */
import { MessageChannel, Worker } from 'node:worker_threads';
import { type Configuration, decodeError, FatalError, RestOptions } from '@millrace/core';
import type { DispatcherGateway, RestServer } from '@millrace/runtime';
import { serveGateway } from '../rpc/gateway-channel.ts';
import { checkRestSettings } from './check-rest-settings.ts';
import { freePorts } from './free-port.ts';
import { bindPorts } from './port-range.ts';
import type { FromRestThread, RestThreadStart } from './server-messages.ts';

/**
 * Resolves as soon as a free port is known: the thread loads while the job begins.
 *
 * @throws ConfigError `REST_PORT_TAKEN`, `REST_ENDPOINT_FAILED`, `CONFIG_VALUE_INVALID`
 */
export async function startRestServer(
  configuration: Configuration,
  gateway: DispatcherGateway,
): Promise<RestServer> {
  checkRestSettings(configuration);
  const bind = bindPorts(configuration);
  const ports = await freePorts(configuration.get(RestOptions.BIND_ADDRESS), bind);
  const { port1, port2 } = new MessageChannel();
  serveGateway(port1, gateway);
  const workerData: RestThreadStart = {
    settings: configuration.toMap(),
    bind: { ...bind, ports },
    port: port2,
  };
  const worker = new Worker(new URL('./rest-thread.js', import.meta.url), {
    workerData,
    transferList: [port2],
    name: 'rest-endpoint',
    // Those of the program's process, such as loaders and inspectors, are not for this thread.
    execArgv: [],
  });
  const server = new RestServerThread(worker, () => port1.close());
  // Last: a listener of messages takes the reference up again.
  worker.unref();
  return server;
}

class RestServerThread implements RestServer {
  readonly url: Promise<string>;
  readonly ended: Promise<void>;
  private readonly worker: Worker;
  private readonly closePort: () => void;
  private heldForResults = false;
  private onResultsRead: (() => void)[] = [];
  private keptAlive = false;

  constructor(worker: Worker, closePort: () => void) {
    this.worker = worker;
    this.closePort = closePort;
    this.ended = new Promise((resolve) => worker.once('exit', () => resolve()));
    this.url = new Promise((resolve, reject) => {
      worker.on('message', (message: FromRestThread) => {
        if (message.kind === 'listening') {
          resolve(message.url);
        } else if (message.kind === 'failed') {
          reject(decodeError(message.error));
          void this.close();
        } else if (message.kind === 'hold') {
          this.heldForResults = message.hold;
          this.tellResultsRead();
          this.holdOrLetGo();
        } else {
          void this.close();
        }
      });
      worker.on('error', (cause: Error) =>
        reject(
          new FatalError('REST_ENDPOINT_FAILED', `the REST endpoint ended: ${cause.message}`, {
            cause,
          }),
        ),
      );
    });
    // Who wants to know waits for it; else it is no unhandled rejection.
    this.url.catch(() => {});
  }

  async resultsRead(): Promise<void> {
    if (this.heldForResults) {
      await new Promise<void>((resolve) => this.onResultsRead.push(resolve));
    }
  }

  private tellResultsRead(): void {
    if (!this.heldForResults) {
      for (const tell of this.onResultsRead.splice(0)) {
        tell();
      }
    }
  }

  keepAlive(): void {
    this.keptAlive = true;
    this.holdOrLetGo();
  }

  async close(): Promise<void> {
    this.keptAlive = false;
    this.closePort();
    await this.worker.terminate();
  }

  private holdOrLetGo(): void {
    if (this.keptAlive || this.heldForResults) {
      this.worker.ref();
    } else {
      this.worker.unref();
    }
  }
}
