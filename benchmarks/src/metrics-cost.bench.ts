/**
 * What it costs a job that others look at its metrics, at full load: a scrape of Prometheus each second,
 * through the reporter in its thread, and latency markers.
 *
 * Both variants take turns in one run, each begun when the reporter has answered a few times: what it costs
 * to start one is not what it costs at full load. Other programs take time from both, so the processor time
 * of the process for each record is told beside the time.
 */
import { spawn } from 'node:child_process';
import type { BenchSuite } from '@millrace/core/bench';
import { closeMetricReporters, metricReporterPorts } from '@millrace/runtime';
import { Configuration, DiscardingSink, StreamExecutionEnvironment, Types } from 'millrace';

const SCRAPE_INTERVAL_MS = 1000;
const ROUNDS = 4;
const WARM_UP_SCRAPES = 5;

const SEEN = {
  'metrics.reporter.prom.factory.class':
    'org.apache.flink.metrics.prometheus.PrometheusReporterFactory',
  'metrics.reporter.prom.port': '0',
  'metrics.latency.interval': '1 s',
};

export async function bench(suite: BenchSuite): Promise<void> {
  const records = suite.size(100_000_000, 2_000);
  const rounds = suite.size(ROUNDS, 1);
  const unseen: Cost[] = [];
  const seen: Cost[] = [];
  await costOf({}, records); // Compiles.
  for (let round = 0; round < rounds; round++) {
    const isFirst = round % 2 === 0;
    if (isFirst) {
      unseen.push(await costOf({}, records));
    }
    seen.push(await seenCostOf(records));
    if (!isFirst) {
      unseen.push(await costOf({}, records));
    }
  }
  const ratio = (of: (cost: Cost) => number) => median(seen.map(of)) / median(unseen.map(of));
  suite.report('unseen', median(unseen.map(({ userNs }) => userNs)), 'ns user time a record');
  suite.report('seen', median(seen.map(({ userNs }) => userNs)), 'ns user time a record');
  suite.report(
    'user time seen / unseen',
    ratio(({ userNs }) => userNs),
    'x',
  );
  suite.report(
    'time seen / unseen',
    ratio(({ wallNs }) => wallNs),
    'x',
  );
}

interface Cost {
  readonly userNs: number;
  readonly wallNs: number;
}

/** What scrapes is another process, as Prometheus is; the thread of the reporter counts. */
async function seenCostOf(records: number): Promise<Cost> {
  await costOf(SEEN, 100); // Starts the reporter.
  const url = `http://127.0.0.1:${(await metricReporterPorts()).get('prom')}/metrics`;
  for (let scrapes = 0; scrapes < WARM_UP_SCRAPES; scrapes++) {
    await (await fetch(url)).text();
  }
  const scrape = `const scrape = () => fetch('${url}').then((answer) => answer.text());
    scrape(); setInterval(scrape, ${SCRAPE_INTERVAL_MS});`;
  const scraper = spawn(process.execPath, ['-e', scrape], { stdio: 'ignore' });
  try {
    return await costOf(SEEN, records);
  } finally {
    scraper.kill();
    await closeMetricReporters();
  }
}

async function costOf(settings: Record<string, string>, records: number): Promise<Cost> {
  const env = StreamExecutionEnvironment.createLocalEnvironment(Configuration.fromMap(settings));
  env
    .fromSequence(1, records)
    .keyBy((value) => value % 1000, Types.LONG)
    .reduce((a, b) => a + b)
    .sinkTo(new DiscardingSink<number>());
  const before = { user: process.cpuUsage().user, at: performance.now() };
  await env.execute('metrics cost');
  const userUs = process.cpuUsage().user - before.user;
  const ms = performance.now() - before.at;
  return { userNs: (1000 * userUs) / records, wallNs: (1e6 * ms) / records };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}
