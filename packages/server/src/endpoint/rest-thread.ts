/** Runs in the thread of the endpoint. */
import { parentPort, workerData } from 'node:worker_threads';
import { Configuration, encodeError, SystemClock } from '@millrace/core';
import type { DispatcherGateway } from '@millrace/runtime';
import { InspectorThreadProfiler } from '../inspector/thread-profiles.ts';
import { connectGateway } from '../rpc/gateway-channel.ts';
import { RestEndpoint } from './rest-endpoint.ts';
import type { FromRestThread, RestThreadStart } from './server-messages.ts';

const start = workerData as RestThreadStart;

function tell(message: FromRestThread): void {
  parentPort?.postMessage(message);
}

try {
  const clock = new SystemClock();
  const endpoint = new RestEndpoint({
    configuration: Configuration.fromMap(start.settings),
    gateway: connectGateway<DispatcherGateway>(start.port),
    clock,
    threads: new InspectorThreadProfiler(clock, start.inlining),
    onHold: (hold) => tell({ kind: 'hold', hold }),
    onClose: () => tell({ kind: 'close' }),
  });
  tell({ kind: 'listening', url: await endpoint.listen(start.bind) });
} catch (error) {
  tell({ kind: 'failed', error: encodeError(error) });
}
