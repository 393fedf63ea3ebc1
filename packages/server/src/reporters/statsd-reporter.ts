/**
 * Sends metrics as gauges of StatsD, one datagram each.
 *
 * Flink: StatsDReporter. Keys: host (localhost), port (8125).
 */
import { createSocket } from 'node:dgram';
import { ConfigError } from '@millrace/core';
import type { CreateMetricReporter, ReportedMetric } from './metric-reporter.ts';

const DEFAULT_PORT = 8125;

export const createStatsDReporter: CreateMetricReporter = (context) => {
  const { name, properties } = context;
  const port = Number(properties.port ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `metrics.reporter.${name}.port is '${properties.port}'; use a port from 1 to 65535`,
    );
  }
  const host = properties.host ?? 'localhost';
  const socket = createSocket('udp4');
  socket.unref();
  socket.on('error', (error) => context.log('WARN', `reporter ${name}: ${error.message}`));
  return {
    report(metrics) {
      for (const line of metrics.flatMap(statsDLines)) {
        socket.send(line, port, host);
      }
    },
    close: () => void socket.close(),
  };
};

export function statsDLines({ identifier, dump }: ReportedMetric): readonly string[] {
  const name = identifier.replaceAll(':', '-');
  switch (dump.type) {
    case 'counter':
      return gauge(name, dump.value);
    case 'gauge':
      return typeof dump.value === 'number'
        ? gauge(name, dump.value)
        : dump.value === undefined
          ? []
          : [`${name}:${dump.value}|g`];
    case 'meter':
      return [...gauge(`${name}.rate`, dump.rate), ...gauge(`${name}.count`, dump.count)];
    case 'histogram': {
      const { type, identifier: _, name: __, infix, logicalScope, variables, ...figures } = dump;
      return Object.entries(figures).flatMap(([figure, value]) =>
        gauge(`${name}.${figure}`, value as number),
      );
    }
  }
}

/** A sign stands for a change of the value, so a negative one follows a zero. */
function gauge(name: string, value: number): string[] {
  if (!Number.isFinite(value)) {
    return [];
  }
  return value < 0 ? [`${name}:0|g`, `${name}:${value}|g`] : [`${name}:${value}|g`];
}
