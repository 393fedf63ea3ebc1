import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DescriptiveStatisticsHistogram } from './descriptive-statistics-histogram.ts';
import { MeterView } from './meter-view.ts';
import { MetricRegistry, type TaskManagerJobMetrics } from './metric-registry.ts';
import type { ScopeFormats } from './scope-format.ts';

const SCOPES: ScopeFormats = {
  jobManager: '<host>.jobmanager',
  jobManagerJob: '<host>.jobmanager.<job_name>',
  jobManagerOperator: '<host>.jobmanager.<job_name>.<operator_name>',
  taskManager: '<host>.taskmanager.<tm_id>',
  taskManagerJob: '<host>.taskmanager.<tm_id>.<job_name>',
  task: '<host>.taskmanager.<tm_id>.<job_name>.<task_name>.<subtask_index>',
  operator: '<host>.taskmanager.<tm_id>.<job_name>.<operator_name>.<subtask_index>',
};

function registryWith(options: { scopes?: Partial<ScopeFormats>; delimiter?: string } = {}) {
  const time = { ms: 0 };
  const warnings: string[] = [];
  const registry = new MetricRegistry({
    clock: { now: () => time.ms },
    scopes: { ...SCOPES, ...options.scopes },
    delimiter: options.delimiter ?? '.',
    host: 'h',
    taskManagerId: 'tm1',
    warn: (message) => void warnings.push(message),
  });
  const job = registry.job('j1', 'orders');
  return { registry, job, time, warnings };
}

function subtask(job: TaskManagerJobMetrics, attemptNumber = 0) {
  return job.task({ taskId: 'v1', taskName: 'map', subtaskIndex: 3, attemptNumber });
}

describe('the identifier of a metric', () => {
  it('is its scope, as the format of its component says, and its name', () => {
    const { registry, job } = registryWith();
    registry.taskManager.gauge('a', () => 1);
    job.group.gauge('b', () => 1);
    const task = subtask(job);
    task.group.counter('c');
    task.operator('o1', 'Map').counter('d');
    task.operator('o1', 'Map').addGroup('mine').addGroup('kind', 'x').counter('e');

    assert.deepEqual(
      [...registry.metrics()].map(({ identifier }) => identifier),
      [
        'h.taskmanager.tm1.a',
        'h.taskmanager.tm1.orders.b',
        'h.taskmanager.tm1.orders.map.3.c',
        'h.taskmanager.tm1.orders.Map.3.d',
        'h.taskmanager.tm1.orders.Map.3.mine.kind.x.e',
      ],
    );
  });

  it('goes on from the component above after a star, and joins with the delimiter', () => {
    const { registry, job } = registryWith({
      scopes: { taskManagerJob: 'all.<job_id>', task: '*.<task_id>', operator: '*.<operator_id>' },
      delimiter: '/',
    });

    subtask(job).operator('o1', 'Map').counter('d');

    assert.deepEqual(
      [...registry.metrics()].map(({ identifier }) => identifier),
      ['all/j1/v1/o1/d'],
    );
  });

  it('has no more than 80 characters of an operator’s name', () => {
    const { job } = registryWith();

    const group = subtask(job).operator('o1', 'x'.repeat(100));

    assert.equal(group.allVariables.get('<operator_name>'), 'x'.repeat(80));
  });
});

describe('a metric group', () => {
  it('has the variables of the groups above, and those of its keys', () => {
    const { registry, job } = registryWith();
    subtask(job).operator('o1', 'Map').addGroup('table', 'users').counter('hits');

    const [dump] = registry.dump();

    assert.deepEqual(dump?.variables, {
      host: 'h',
      tm_id: 'tm1',
      job_id: 'j1',
      job_name: 'orders',
      task_id: 'v1',
      task_name: 'map',
      subtask_index: '3',
      task_attempt_id: 'v1_3_0',
      task_attempt_num: '0',
      operator_id: 'o1',
      operator_name: 'Map',
      table: 'users',
    });
    assert.equal(dump?.logicalScope, 'taskmanager.job.task.operator.table');
  });

  it('goes on counting over attempts, with the variables of the last one', () => {
    const { job } = registryWith();
    subtask(job).operator('o1', 'Map').counter('in').inc(5);

    const again = subtask(job, 1).operator('o1', 'Map');

    assert.equal(again.counter('in').count, 5);
    assert.equal(again.allVariables.get('<task_attempt_num>'), '1');
  });

  it('does not register a second kind of metric under one name, and says so', () => {
    const { registry, job, warnings } = registryWith();
    job.group.counter('lag').inc();

    job.group.gauge('lag', () => 9);

    assert.deepEqual(
      registry.dump().map((dump) => dump.type === 'counter' && dump.value),
      [1],
    );
    assert.match(warnings.join(), /gauge 'h\.taskmanager\.tm1\.orders\.lag' is not reported/);
  });

  it('takes a counter of the program', () => {
    const { registry, job } = registryWith();
    const doubling = {
      count: 0,
      inc: (n = 1) => {
        doubling.count += 2 * n;
      },
    };

    job.group.counter('twice', doubling).inc(4);

    assert.deepEqual(
      registry.dump().map((dump) => dump.type === 'counter' && dump.value),
      [8],
    );
  });

  it('forgets what was in it when it is closed', () => {
    const { registry, job, time } = registryWith();
    const task = subtask(job);
    const meter = task.group.meter('rate', new MeterView());
    task.operator('o1', 'Map').counter('in');

    task.group.close();
    meter.markEvent(60);
    time.ms = 5000;

    assert.deepEqual(registry.dump(), []);
    assert.equal(meter.rate, 0);
  });
});

describe('a metric registry', () => {
  it('shows rates as of now', () => {
    const { registry, job, time } = registryWith();
    job.group.meter('events', new MeterView()).markEvent(60);
    const rate = () => registry.dump().map((dump) => dump.type === 'meter' && dump.rate);

    const before = rate();
    time.ms = 5000;
    const after = rate();

    assert.deepEqual([before, after], [[0], [1]]);
  });

  it('tells only the meter that has the name now', () => {
    const { registry, job, time } = registryWith();
    const first = job.group.meter('events', new MeterView());
    const second = job.group.meter('events', new MeterView());
    first.markEvent(60);
    second.markEvent(60);

    time.ms = 5000;
    registry.updateViews();

    assert.deepEqual([first.rate, second.rate], [0, 1]);
  });

  it('dumps each kind of metric as plain values that a thread can be sent', () => {
    const { registry, job } = registryWith();
    job.group.gauge('text', () => 'a');
    job.group.gauge('broken', () => {
      throw new Error('broken');
    });
    const histogram = job.group.histogram('times', new DescriptiveStatisticsHistogram(8));
    histogram.update(1);
    histogram.update(3);

    const dumps = structuredClone(registry.dump());

    assert.deepEqual(
      dumps.map((dump) => {
        const { identifier, name, infix, logicalScope, variables, ...value } = dump;
        return [name, value];
      }),
      [
        ['text', { type: 'gauge', value: 'a' }],
        ['broken', { type: 'gauge', value: undefined }],
        [
          'times',
          {
            type: 'histogram',
            count: 2,
            min: 1,
            max: 3,
            mean: 2,
            stddev: Math.SQRT2,
            p50: 2,
            p75: 3,
            p90: 3,
            p95: 3,
            p98: 3,
            p99: 3,
            p999: 3,
          },
        ],
      ],
    );
  });
});

describe('a dump of metrics', () => {
  const throws = (): never => {
    throw new Error('planted');
  };

  it('leaves out counters, meters and histograms that throw, and nothing else', () => {
    const { registry, job } = registryWith();
    const group = subtask(job).group;
    group.counter('counter', {
      inc: () => {},
      get count() {
        return throws();
      },
    });
    group.meter('meter', {
      markEvent: () => {},
      count: 1,
      get rate() {
        return throws();
      },
    });
    group.histogram('histogram', { update: () => {}, count: 1, statistics: throws });
    group.gauge('gauge', throws);
    group.counter('last').inc(3);

    assert.deepEqual(
      registry.dump().map((metric) => [metric.name, metric.type === 'counter' && metric.value]),
      [
        ['gauge', false],
        ['last', 3],
      ],
    );
  });
});
