/**
 * The reporters of a process, as its main thread sees them.
 *
 * Invariants:
 * - They keep no process alive.
 * - When the process has nothing more to do they report once more and close.
 */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import {
  type Configuration,
  decodeError,
  type EncodedError,
  getLogger,
  type LogLevel,
} from '@millrace/core';
import type { DispatcherGateway, MetricReporters } from '@millrace/runtime';
import { serveGateway } from '../rpc/gateway-channel.ts';
import { reporterSetups } from './reporter-settings.ts';

export interface ReportersStart {
  readonly settings: Readonly<Record<string, string>>;
  readonly port: MessagePort;
}

export type FromReporters =
  | { readonly kind: 'started'; readonly ports: ReadonlyMap<string, number> }
  | { readonly kind: 'failed'; readonly error: EncodedError }
  | { readonly kind: 'log'; readonly level: LogLevel; readonly message: string }
  | { readonly kind: 'closed' };

const LOGGER = getLogger('metrics');

/** @throws ConfigError `CONFIG_VALUE_INVALID`, `UNSUPPORTED` */
export async function startMetricReporters(
  configuration: Configuration,
  gateway: DispatcherGateway,
): Promise<MetricReporters | undefined> {
  if (reporterSetups(configuration).length === 0) {
    return undefined;
  }
  const { port1, port2 } = new MessageChannel();
  serveGateway(port1, { metrics: () => gateway.metrics() });
  const workerData: ReportersStart = { settings: configuration.toMap(), port: port2 };
  const worker = new Worker(new URL('./reporters-thread.js', import.meta.url), {
    workerData,
    transferList: [port2],
    name: 'metric-reporters',
    execArgv: [],
  });
  let closed: () => void = () => {};
  const started = await new Promise<ReadonlyMap<string, number>>((resolve, reject) => {
    worker.on('error', reject);
    worker.on('message', (message: FromReporters) => {
      switch (message.kind) {
        case 'started':
          resolve(message.ports);
          return;
        case 'failed':
          void worker.terminate();
          reject(decodeError(message.error));
          return;
        case 'log':
          LOGGER[message.level.toLowerCase() as Lowercase<LogLevel>](message.message);
          return;
        case 'closed':
          closed();
      }
    });
  });
  worker.unref();
  const close = async (): Promise<void> => {
    process.off('beforeExit', close);
    worker.ref();
    await new Promise<void>((resolve) => {
      closed = resolve;
      worker.once('exit', () => resolve());
      worker.postMessage('close');
    });
    await worker.terminate();
    port1.close();
  };
  process.once('beforeExit', close);
  return { ports: started, close };
}
