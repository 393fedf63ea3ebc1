/** docs/reference/metrics.md names what a job registers, and nothing else. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, describe, it } from 'node:test';
import { MiniCluster } from '@millrace/testing';
import { TumblingEventTimeWindows, WatermarkStrategy } from 'millrace';

const PAGE = new URL('../../../docs/reference/metrics.md', import.meta.url);

/** In the first column of the tables of a section. */
function namesOnPage(section: string): string[] {
  const text = readFileSync(PAGE, 'utf8');
  const body = text.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = body.split('\n').filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name as string),
  );
}

describe('the page of metrics', () => {
  let cluster = new MiniCluster();
  afterEach(() => cluster.close());

  it('names what a job with windows and two inputs registers, by scope', async () => {
    cluster = new MiniCluster({
      configuration: { 'metrics.scope.task': 'task', 'metrics.scope.operator': 'operator' },
    });
    const env = cluster.environment();
    const numbers = (name: string) =>
      env
        .fromSequence(1, 20)
        .assignTimestampsAndWatermarks(
          WatermarkStrategy.forMonotonousTimestamps<number>().withTimestampAssigner((n) => n),
        )
        .name(name);
    numbers('left')
      .connect(numbers('right'))
      .map({ map1: (n) => n, map2: (n) => n })
      .keyBy((n) => n % 2)
      .window(TumblingEventTimeWindows.of('10 ms'))
      .reduce((a, b) => a + b)
      .rebalance()
      .print();
    const job = await cluster.start(env);
    await job.jobExecutionResult();

    const registered = (scope: string) => {
      const identifiers = job.metrics().map(({ identifier }) => identifier);
      const below = identifiers.filter((identifier) => identifier.startsWith(`${scope}.`));
      return [...new Set(below.map((identifier) => identifier.slice(scope.length + 1)))].sort();
    };
    const ofSinks = (name: string) => !/[cC]ommittables$/.test(name);
    assert.deepEqual(namesOnPage('Tasks').sort(), registered('task'));
    assert.deepEqual(namesOnPage('Operators').sort(), registered('operator').filter(ofSinks));
  });
});
