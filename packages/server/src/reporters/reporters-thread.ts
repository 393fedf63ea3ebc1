/** Runs in a thread of its own, so that reports cost the jobs no more than reading their metrics. */
import { parentPort, workerData } from 'node:worker_threads';
import { Configuration, encodeError, MetricOptions, SystemClock } from '@millrace/core';
import type { DispatcherGateway } from '@millrace/runtime';
import { connectGateway } from '../rpc/gateway-channel.ts';
import type { FromReporters, ReportersStart } from './metric-reporters.ts';
import { reporterSetups } from './reporter-settings.ts';
import { startReporters } from './reporters.ts';

const { settings, port } = workerData as ReportersStart;

function tell(message: FromReporters): void {
  parentPort?.postMessage(message);
}

try {
  const configuration = Configuration.fromMap(settings);
  const gateway = connectGateway<Pick<DispatcherGateway, 'metrics'>>(port);
  const reporters = await startReporters({
    clock: new SystemClock(),
    setups: reporterSetups(configuration),
    delimiter: configuration.get(MetricOptions.SCOPE_DELIMITER),
    dumps: () => gateway.metrics(),
    log: (level, message) => tell({ kind: 'log', level, message }),
  });
  parentPort?.on('message', () => {
    void reporters
      .report()
      .then(() => reporters.close())
      .then(() => tell({ kind: 'closed' }));
  });
  tell({ kind: 'started', ports: reporters.ports });
} catch (error) {
  tell({ kind: 'failed', error: encodeError(error) });
}
