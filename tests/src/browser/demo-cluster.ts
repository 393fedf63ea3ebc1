/**
 * A made-up cluster with one job that runs, in the form of Flink's answers and of ours: what the
 * recordings lack, as they stand still and have three operators.
 */
import { demoCheckpoints } from './demo-checkpoints.ts';
import type { DemoOperator } from './demo-job.ts';
import { demoState } from './demo-state.ts';
import type { Answer, Asked, Cluster } from './site-server.ts';

export const DEMO_JOB = '7a1f60c3d2e94b58a0c4e6f8b2d49e11';
export const DEMO_NAME = 'flights';
const TASK_MANAGER = 'tm-1';
const AGE_MS = 754_000;

export interface DemoCluster {
  readonly cluster: Cluster;
  /** What was sent with POST and PATCH, by path. */
  readonly sent: ReadonlyMap<string, unknown>;
}

export function demoCluster(operators: readonly DemoOperator[]): DemoCluster {
  const startedAt = Date.now() - AGE_MS;
  const sent = new Map<string, unknown>();
  let state = 'RUNNING';
  let polls = 0;
  const job = `jobs/${DEMO_JOB}`;
  const parts = [
    demoCheckpoints(operators, job),
    demoState(operators, job),
    vertices(operators, job, startedAt),
  ];
  const actions: Record<string, () => Answer> = {
    [`POST ${job}/savepoints`]: () => ({ status: 202, body: { 'request-id': 'aa11' } }),
    [`POST ${job}/stop`]: () => ({ status: 202, body: { 'request-id': 'aa11' } }),
    [`POST ${job}/checkpoints`]: () => ({ status: 202, body: { 'request-id': 'aa12' } }),
    [`PATCH ${job}`]: () => {
      state = 'CANCELED';
      return { status: 202, body: {} };
    },
  };
  const operation = (result: unknown): Answer => {
    polls += 1;
    const body =
      polls < 2
        ? { status: { id: 'IN_PROGRESS' } }
        : { status: { id: 'COMPLETED' }, operation: result };
    return { status: 200, body };
  };
  const cluster = (asked: Asked): Answer | undefined => {
    const { method, path, body } = asked;
    if (method !== 'GET' && actions[`${method} ${path}`] !== undefined) {
      sent.set(path, body);
      return actions[`${method} ${path}`]!();
    }
    if (path === `${job}/savepoints/aa11`) {
      return operation({ location: 'file:/data/savepoints/savepoint-7a1f60-4f0c1b' });
    }
    if (path === `${job}/checkpoints/aa12`) {
      return operation({ checkpointId: 43 });
    }
    const known = overview(operators, startedAt, state)[path];
    return known === undefined
      ? parts.map((part) => part(asked)).find((answer) => answer !== undefined)
      : { status: 200, body: known };
  };
  return { cluster, sent };
}

function overview(
  operators: readonly DemoOperator[],
  startedAt: number,
  state: string,
): Record<string, unknown> {
  const tasks = operators.reduce((sum, { parallelism }) => sum + parallelism, 0);
  const now = Date.now();
  const common = {
    jid: DEMO_JOB,
    name: DEMO_NAME,
    state,
    'start-time': startedAt,
    'end-time': -1,
    duration: now - startedAt,
  };
  return {
    config: { 'refresh-interval': 1000, 'flink-version': '1.20.5', features: {} },
    overview: {
      taskmanagers: 1,
      'slots-total': 4,
      'slots-available': 0,
      'jobs-running': 1,
      'jobs-finished': 0,
      'jobs-cancelled': 0,
      'jobs-failed': 0,
      'flink-version': '1.20.5',
    },
    'jobs/overview': {
      jobs: [{ ...common, 'last-modification': now, tasks: { running: tasks, total: tasks } }],
    },
    [`jobs/${DEMO_JOB}`]: {
      ...common,
      'job-type': 'STREAMING',
      now,
      maxParallelism: 128,
      timestamps: {},
      vertices: operators.map((operator) => vertex(operator, now - startedAt, startedAt)),
      plan: { nodes: operators.map(planNode) },
    },
    [`jobs/${DEMO_JOB}/config`]: {
      'execution-config': {
        'execution-mode': 'PIPELINED',
        'restart-strategy': 'exponential-delay',
        'job-parallelism': 4,
        'object-reuse-mode': false,
        'user-config': { 'flights.year': '2001', 'flights.delay-threshold': '15' },
      },
    },
    [`jobs/${DEMO_JOB}/jobmanager/config`]: [
      { key: 'execution.checkpointing.interval', value: '10 s' },
      { key: 'state.backend.type', value: 'rocksdb' },
    ],
    [`jobs/${DEMO_JOB}/exceptions`]: { 'root-exception': null, exceptionHistory: { entries: [] } },
    taskmanagers: {
      taskmanagers: [
        { id: TASK_MANAGER, slotsNumber: 4, freeSlots: 0, timeSinceLastHeartbeat: now - 1200 },
      ],
    },
  };
}

function vertex(operator: DemoOperator, ranMs: number, startedAt: number): unknown {
  return {
    id: operator.id,
    name: operator.name,
    parallelism: operator.parallelism,
    maxParallelism: 128,
    status: 'RUNNING',
    'start-time': startedAt,
    duration: ranMs,
    tasks: { RUNNING: operator.parallelism },
    metrics: ioMetrics(operator, ranMs, operator.parallelism),
  };
}

function ioMetrics(operator: DemoOperator, ranMs: number, subtasks: number): unknown {
  const part = subtasks / operator.parallelism;
  const counted = (perSecond: number): number => Math.round((perSecond * part * ranMs) / 1000);
  return {
    'read-records': counted(operator.rateIn),
    'write-records': counted(operator.rateOut),
    'read-bytes': counted(operator.rateIn * 87),
    'write-bytes': counted(operator.rateOut * 64),
    'accumulated-busy-time': Math.round(operator.busy * ranMs * subtasks),
    'accumulated-backpressured-time': Math.round(operator.backPressured * ranMs * subtasks),
    'accumulated-idle-time': ranMs,
  };
}

function planNode({ id, parallelism, description, inputs }: DemoOperator): unknown {
  return {
    id,
    parallelism,
    description,
    inputs: inputs.map(({ from, strategy }, num) => ({ num, id: from, ship_strategy: strategy })),
  };
}

const METRICS = [
  'numRecordsInPerSecond',
  'numRecordsOutPerSecond',
  'busyTimeMsPerSecond',
  'backPressuredTimeMsPerSecond',
  'numBytesInPerSecond',
  'mailboxLatencyMs_p99',
  'buffers.inPoolUsage',
  'currentInputWatermark',
];

function vertices(operators: readonly DemoOperator[], job: string, startedAt: number): Cluster {
  const byId = new Map(operators.map((operator) => [operator.id, operator]));
  return ({ path, query }) => {
    const [id = '', ...rest] = path.startsWith(`${job}/vertices/`)
      ? path.slice(job.length + '/vertices/'.length).split('/')
      : [];
    const operator = byId.get(id);
    if (operator === undefined) {
      return undefined;
    }
    const answers: Record<string, () => unknown> = {
      '': () => subtasks(operator, startedAt),
      backpressure: () => ({
        subtasks: each(operator, (subtask) => ({
          subtask,
          ratio: operator.backPressured,
          busyRatio: Math.min(1, operator.busy * (subtask === 1 ? 1.3 : 0.9)),
          idleRatio: 0,
        })),
      }),
      watermarks: () =>
        each(operator, (subtask) => ({
          id: `${subtask}.currentInputWatermark`,
          value: String(Date.now() - 2400 - subtask * 310),
        })),
      'subtasks/metrics': () => metrics(operator, query.get('get')),
    };
    const found = answers[rest.join('/')];
    return found === undefined ? undefined : { status: 200, body: found() };
  };
}

function subtasks(operator: DemoOperator, startedAt: number): unknown {
  const ranMs = Date.now() - startedAt;
  return {
    id: operator.id,
    name: operator.name,
    parallelism: operator.parallelism,
    now: Date.now(),
    subtasks: each(operator, (subtask) => ({
      subtask,
      status: 'RUNNING',
      attempt: 0,
      endpoint: 'localhost:40123',
      'start-time': startedAt,
      duration: ranMs,
      metrics: ioMetrics(operator, ranMs, 1),
      'taskmanager-id': TASK_MANAGER,
    })),
  };
}

function metrics(operator: DemoOperator, get: string | null): unknown {
  if (get === null) {
    return METRICS.map((id) => ({ id }));
  }
  // A wave of a minute, so that plots show something.
  const wave = 1 + 0.15 * Math.sin((Date.now() / 60_000) * 2 * Math.PI);
  const values: Record<string, number> = {
    numRecordsInPerSecond: (operator.rateIn / operator.parallelism) * wave,
    numRecordsOutPerSecond: (operator.rateOut / operator.parallelism) * wave,
    busyTimeMsPerSecond: Math.min(1000, operator.busy * 1000 * wave),
    backPressuredTimeMsPerSecond: operator.backPressured * 1000,
    numBytesInPerSecond: operator.rateIn * 87 * wave,
    mailboxLatencyMs_p99: 3 * wave,
    'buffers.inPoolUsage': operator.busy,
  };
  return get
    .split(',')
    .filter((id) => id in values)
    .map((id) => ({ id, avg: values[id], min: values[id]! * 0.8, max: values[id]! * 1.2 }));
}

export function each<T>({ parallelism }: DemoOperator, make: (subtask: number) => T): T[] {
  return Array.from({ length: parallelism }, (_, subtask) => make(subtask));
}
