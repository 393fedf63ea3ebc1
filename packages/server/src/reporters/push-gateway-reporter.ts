/**
 * Pushes metrics to a push gateway of Prometheus.
 *
 * Flink: PrometheusPushGatewayReporter. Keys: hostUrl, jobName, randomJobNameSuffix (true),
 * deleteOnShutdown (true), groupingKey (`k1=v1;k2=v2`), filterLabelValueCharacters.
 */
import { randomBytes } from 'node:crypto';
import { ConfigError } from '@millrace/core';
import { Pushgateway } from 'prom-client';
import { registryOf } from '../prometheus/exposition.ts';
import type { CreateMetricReporter } from './metric-reporter.ts';

const PUSH_TIMEOUT_MS = 10_000;

export const createPushGatewayReporter: CreateMetricReporter = ({ name, properties }) => {
  const { hostUrl } = properties;
  if (hostUrl === undefined || !URL.canParse(hostUrl)) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `metrics.reporter.${name}.hostUrl is '${hostUrl ?? ''}'; use the URL of a push gateway, such as http://localhost:9091`,
    );
  }
  const suffix = properties.randomJobNameSuffix === 'false' ? '' : randomBytes(8).toString('hex');
  const target = {
    jobName: `${properties.jobName ?? ''}${suffix}`,
    groupings: groupingsOf(properties.groupingKey ?? ''),
  };
  const filterLabelValueCharacters = properties.filterLabelValueCharacters !== 'false';
  const gatewayOf = (registry: ReturnType<typeof registryOf>) =>
    new Pushgateway(hostUrl, { timeout: PUSH_TIMEOUT_MS }, registry);
  return {
    async report(metrics) {
      const dumps = metrics.map(({ dump }) => dump);
      await gatewayOf(registryOf(dumps, { filterLabelValueCharacters })).push(target);
    },
    async close() {
      if (properties.deleteOnShutdown !== 'false') {
        await gatewayOf(registryOf([], {})).delete(target);
      }
    },
  };
};

function groupingsOf(text: string): Record<string, string> {
  const pairs = text
    .split(';')
    .map((pair) => pair.split('='))
    .filter(([key = '', value = '']) => key.trim() !== '' && value.trim() !== '');
  return Object.fromEntries(pairs.map(([key = '', value = '']) => [key.trim(), value.trim()]));
}
