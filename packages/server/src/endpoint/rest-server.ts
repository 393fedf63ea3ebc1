/**
 * Starts the REST endpoint of a process: a worker thread with the HTTP server, and a port over which that
 * asks the gateway.
 *
 * Invariant: what can be wrong with settings and ports is told before the thread starts.
 */
import { MessageChannel, Worker } from 'node:worker_threads';
import {
  type Configuration,
  DeploymentOptions,
  getLogger,
  RestOptions,
  SystemClock,
} from '@millrace/core';
import type { DispatcherGateway, RestServer } from '@millrace/runtime';
import { inlineAgain, inliningCompilers } from '../inspector/inlining.ts';
import { serveGateway } from '../rpc/gateway-channel.ts';
import { checkRestSettings } from './check-rest-settings.ts';
import { freePorts } from './free-port.ts';
import { bindPorts } from './port-range.ts';
import { RestServerThread, type RestThread } from './rest-server-thread.ts';
import type { RestThreadStart } from './server-messages.ts';

const LOGGER = getLogger('rest');

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
  const inlining = inliningCompilers(process.execArgv);
  const startThread = (portList: readonly number[]): RestThread => {
    const { port1, port2 } = new MessageChannel();
    serveGateway(port1, gateway);
    const workerData: RestThreadStart = {
      settings: configuration.toMap(),
      bind: { ...bind, ports: portList },
      port: port2,
      inlining,
    };
    const worker = new Worker(new URL('./rest-thread.js', import.meta.url), {
      workerData,
      transferList: [port2],
      name: 'rest-endpoint',
      // Those of the program's process, such as loaders and inspectors, are not for this thread.
      execArgv: [],
    });
    worker.once('exit', () => inlineAgain(inlining));
    return { worker, closePort: () => port1.close() };
  };
  return new RestServerThread({
    start: (port) => startThread(port === undefined ? ports : [port]),
    clock: new SystemClock(),
    restarts: !configuration.get(DeploymentOptions.SHUTDOWN_ON_APPLICATION_FINISH),
    report: (message) => LOGGER.error(message),
  });
}
