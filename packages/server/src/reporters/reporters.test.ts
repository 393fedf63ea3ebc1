import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { Configuration, errorCode, type MetricDump, SystemClock } from '@millrace/core';
import { dumpsOfJob } from '../metrics/metrics-fixture.ts';
import { metricsReport } from './log-reporter.ts';
import { reporterSetups } from './reporter-settings.ts';
import { reportedMetrics, startReporters } from './reporters.ts';
import { statsDLines } from './statsd-reporter.ts';

const PROMETHEUS = 'org.apache.flink.metrics.prometheus.PrometheusReporterFactory';

describe('the reporters of a configuration', () => {
  it('are those that metrics.reporters names, else all that have a factory', () => {
    const values = {
      'metrics.reporter.a.factory.class': PROMETHEUS,
      'metrics.reporter.b.factory.class': './own-reporter.js',
      'metrics.reporter.b.interval': '60 s',
      'metrics.reporter.c.port': '9250',
    };

    const all = reporterSetups(Configuration.fromMap(values));
    const one = reporterSetups(Configuration.fromMap({ ...values, 'metrics.reporters': 'b' }));

    assert.deepEqual(
      all.map(({ name, factory, intervalMs }) => [name, factory, intervalMs]),
      [
        ['a', 'prometheus', 10_000],
        ['b', { module: './own-reporter.js' }, 60_000],
      ],
    );
    assert.deepEqual(
      one.map(({ name }) => name),
      ['b'],
    );
  });

  it('are refused with what to do where they cannot be', async () => {
    const bad: readonly (readonly [Record<string, string>, string])[] = [
      [{ 'metrics.reporters': 'none' }, 'CONFIG_VALUE_INVALID'],
      [
        { 'metrics.reporter.a.factory.class': 'org.apache.flink.metrics.jmx.JMXReporterFactory' },
        'UNSUPPORTED',
      ],
      [{ ...prometheus(), 'metrics.reporter.a.interval': 'often' }, 'CONFIG_VALUE_INVALID'],
      [
        { ...prometheus(), 'metrics.reporter.a.filter.includes': 'a:b:c:d' },
        'CONFIG_VALUE_INVALID',
      ],
      [
        { ...prometheus(), 'metrics.reporter.a.filter.excludes': '*:*:rate' },
        'CONFIG_VALUE_INVALID',
      ],
      [{ ...prometheus(), 'metrics.reporter.a.port': '9-1' }, 'CONFIG_VALUE_INVALID'],
      [
        { ...prometheus(), 'metrics.reporter.a.scope.variables.additional': 'x' },
        'CONFIG_VALUE_INVALID',
      ],
      [{ 'metrics.reporter.a.factory.class': './nowhere.js' }, 'CONFIG_VALUE_INVALID'],
      [{ 'metrics.reporter.a.factory.class': 'node:fs' }, 'CONFIG_VALUE_INVALID'],
      [
        {
          'metrics.reporter.a.factory.class':
            'org.apache.flink.metrics.prometheus.PrometheusPushGatewayReporterFactory',
        },
        'CONFIG_VALUE_INVALID',
      ],
    ];
    for (const [values, code] of bad) {
      assert.equal(
        await started(values).then(() => undefined, errorCode),
        code,
        JSON.stringify(values),
      );
    }
  });

  it('report what includes let through and excludes do not hold back', () => {
    const names = (includes: string, excludes = ''): string[] => {
      const [setup] = reporterSetups(
        Configuration.fromMap({
          ...prometheus(),
          'metrics.reporter.a.filter.includes': includes,
          'metrics.reporter.a.filter.excludes': excludes,
        }),
      );
      const reported = reportedMetrics(dumpsOfJob(), setup!, '.');
      return [...new Set(reported.map(({ dump }) => dump.name))];
    };

    assert.deepEqual(names('*:*:histogram'), ['mailboxLatencyMs']);
    assert.deepEqual(names('jobmanager*;*:see*,hits:counter', 'jobmanager:*;*:*Size'), [
      ...['lastCheckpointExternalPath', 'seen', 'hits'],
    ]);
    assert.deepEqual(names('taskmanager.job.task:num.*'), []);
  });

  it('have the delimiter and the variables that they ask for', () => {
    const [setup] = reporterSetups(
      Configuration.fromMap({
        ...prometheus(),
        'metrics.reporter.a.scope.delimiter': '-',
        'metrics.reporter.a.scope.variables.excludes': 'job_id;host',
        'metrics.reporter.a.scope.variables.additional': 'region:eu,zone:a:1',
      }),
    );

    const metric = reportedMetrics(dumpsOfJob(), setup!, '.').find(
      ({ dump }) => dump.name === 'lastCheckpointSize',
    );

    assert.equal(metric?.identifier, 'here-jobmanager-flights-lastCheckpointSize');
    assert.deepEqual(metric?.dump.variables, { job_name: 'flights', region: 'eu', zone: 'a:1' });
  });
});

describe('the reporter for Prometheus', () => {
  it('serves what there is when it is asked, on the first free port of its range', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const last = Math.min(port + 20, 65_535);
    const reporters = await started({
      ...prometheus(),
      'metrics.reporter.a.port': `${port}-${last}`,
    });

    const answer = await fetch(`http://127.0.0.1:${reporters.ports.get('a')}/metrics`);

    assert.notEqual(reporters.ports.get('a'), port);
    assert.match(await answer.text(), /^flink_taskmanager_job_task_numRecordsOut\{.*\} 7510$/m);
    await reporters.close();
    taken.close();
  });
});

describe('the reporter for a push gateway', () => {
  it('puts the metrics under its job and grouping, and takes them away at its end', async () => {
    const requests: string[] = [];
    const gateway = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        requests.push(`${request.method} ${request.url} ${body.includes('flink_')}`);
        response.end();
      });
    });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const { port } = gateway.address() as AddressInfo;
    const reporters = await started({
      'metrics.reporter.p.factory.class':
        'org.apache.flink.metrics.prometheus.PrometheusPushGatewayReporterFactory',
      'metrics.reporter.p.hostUrl': `http://127.0.0.1:${port}`,
      'metrics.reporter.p.jobName': 'millrace',
      'metrics.reporter.p.randomJobNameSuffix': 'false',
      'metrics.reporter.p.groupingKey': 'region=eu',
    });

    await reporters.report();
    await reporters.close();

    assert.deepEqual(requests, [
      'PUT /metrics/job/millrace/region/eu true',
      'DELETE /metrics/job/millrace/region/eu false',
    ]);
    gateway.closeAllConnections();
    gateway.close();
  });
});

describe('the reporter for StatsD', () => {
  it('sends gauges, with a zero before a negative one', async () => {
    const lines: string[] = [];
    const server = createSocket('udp4');
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
    const received = new Promise<void>((resolve) => {
      server.on('message', (message) => {
        lines.push(String(message));
        if (lines.length === 2) {
          resolve();
        }
      });
    });
    const reporters = await started({
      'metrics.reporter.s.factory.class': 'org.apache.flink.metrics.statsd.StatsDReporterFactory',
      'metrics.reporter.s.host': '127.0.0.1',
      'metrics.reporter.s.port': String(server.address().port),
      'metrics.reporter.s.filter.includes': '*:lastCheckpointSize',
    });

    await reporters.report();
    await received;

    const name = 'here.jobmanager.flights.lastCheckpointSize';
    assert.deepEqual(lines, [`${name}:0|g`, `${name}:-1|g`]);
    await reporters.close();
    server.close();
  });

  it('has all figures of a histogram', () => {
    const dump = dumpsOfJob().find(({ type }) => type === 'histogram') as MetricDump;

    const lines = statsDLines({ identifier: 'a:b', dump });

    assert.deepEqual(
      lines.map((line) => line.split(':')[0]),
      [
        'count',
        'min',
        'max',
        'mean',
        'stddev',
        'p50',
        'p75',
        'p90',
        'p95',
        'p98',
        'p99',
        'p999',
      ].map((figure) => `a-b.${figure}`),
    );
  });
});

describe('the reporter to the log', () => {
  it('has a section for each kind of metric', () => {
    const metrics = dumpsOfJob().map((dump) => ({ identifier: dump.identifier, dump }));

    const text = metricsReport(metrics);

    assert.match(
      text,
      /-- Counters -+\n(.*\n)*here\.taskmanager\.local\.flights\.Source: numbers\.0\.seen: 5\n/,
    );
    assert.match(text, /-- Histograms -+\n.*count=2, min=1, max=3, mean=2/);
  });
});

describe('a report that fails', () => {
  it('is told once until one succeeds, and the next one goes on', async () => {
    const told: string[] = [];
    let fails = true;
    const reporters = await startReporters({
      clock: new SystemClock(),
      setups: reporterSetups(
        Configuration.fromMap({
          'metrics.reporter.l.factory.class': 'org.apache.flink.metrics.slf4j.Slf4jReporterFactory',
        }),
      ),
      delimiter: '.',
      dumps: async () => {
        if (fails) {
          throw new Error('no metrics');
        }
        return dumpsOfJob();
      },
      log: (level, message) => told.push(`${level} ${message.trim().slice(0, 40)}`),
    });

    await reporters.report();
    await reporters.report();
    fails = false;
    await reporters.report();
    await reporters.close();

    assert.deepEqual(told, [
      'WARN reporter l failed: no metrics',
      'INFO =========================== Starting met',
    ]);
  });
});

function prometheus(): Record<string, string> {
  return { 'metrics.reporter.a.factory.class': PROMETHEUS };
}

async function started(values: Record<string, string>) {
  return startReporters({
    clock: new SystemClock(),
    setups: reporterSetups(Configuration.fromMap(values)),
    delimiter: '.',
    dumps: async () => dumpsOfJob(),
    log: () => {},
  });
}
