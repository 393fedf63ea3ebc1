/** Checkpoints of the made-up job: a history with a slow one, a failed one and a savepoint. */
import type { DemoOperator } from './demo-job.ts';
import type { Cluster } from './site-server.ts';

const NEWEST = 42;
const MB = 1024 * 1024;

export function demoCheckpoints(operators: readonly DemoOperator[], job: string): Cluster {
  const base = `${job}/checkpoints`;
  const total = operators.reduce((sum, { parallelism }) => sum + parallelism, 0);
  const history = Array.from({ length: 20 }, (_, age) => checkpoint(NEWEST - age, age, total));
  const hops = operators.flatMap((operator, at) =>
    Array.from({ length: operator.parallelism }, (_, subtask) => {
      const slow = operator.busy > 0.9 && subtask === 1 ? 6 : 1;
      return {
        vertexId: operator.id,
        subtask,
        startDelayMs: 20 + at * 35 * slow,
        alignmentMs: operator.inputs.length === 0 ? 0 : 40 * slow,
        syncMs: 3 + subtask,
        asyncMs: (60 + ((at * 37) % 120)) * slow,
        endToEndMs: 30 + at * 35 * slow + 45 * slow + (60 + ((at * 37) % 120)) * slow,
      };
    }),
  );
  const answers: Record<string, unknown> = {
    [base]: statistics(history),
    [`${base}/config`]: {
      mode: 'exactly_once',
      interval: 10_000,
      timeout: 600_000,
      min_pause: 0,
      max_concurrent: 1,
      externalization: { enabled: true, delete_on_cancellation: false },
      state_backend: 'EmbeddedRocksDBStateBackend',
      checkpoint_storage: 'FileSystemCheckpointStorage',
      unaligned_checkpoints: false,
      aligned_checkpoint_timeout: 0,
      tolerable_failed_checkpoints: 3,
      state_changelog_enabled: false,
    },
  };
  for (const one of history) {
    const tasks = Object.fromEntries(
      operators.map(({ id, parallelism }) => [
        id,
        { status: 'COMPLETED', num_subtasks: parallelism, num_acknowledged_subtasks: parallelism },
      ]),
    );
    answers[`${base}/details/${one.id}`] = { ...one, tasks };
    answers[`${base}/details/${one.id}/diagnosis`] = {
      hops,
      slowest: hops[0],
      findings: [
        {
          code: 'ALIGNMENT_SLOW',
          severity: 'warning',
          text: 'Barriers waited 240 ms for the slowest input of airports: it is busy 97 % of the time, so barriers stand in line behind records.',
          setting: 'execution.checkpointing.unaligned.enabled',
          suggestedValue: true,
        },
        {
          code: 'SKEW',
          severity: 'info',
          text: 'Subtask 1 of airports wrote 6 times what the others did: one key group holds most of its state.',
        },
      ],
    };
  }
  return ({ path }) => (path in answers ? { status: 200, body: answers[path] } : undefined);
}

type Checkpoint = ReturnType<typeof checkpoint>;

function checkpoint(id: number, age: number, subtasks: number) {
  const isFailed = age === 7;
  const isSavepoint = age === 4;
  const full = (182 + (20 - age) * 3) * MB;
  const triggered = Date.now() - 4000 - age * 10_000;
  const duration = age === 2 ? 4200 : 380 + ((age * 53) % 210);
  return {
    className: isFailed ? 'failed' : 'completed',
    id,
    status: isFailed ? 'FAILED' : 'COMPLETED',
    is_savepoint: isSavepoint,
    savepointFormat: isSavepoint ? 'CANONICAL' : null,
    trigger_timestamp: triggered,
    latest_ack_timestamp: triggered + duration,
    checkpointed_size: isSavepoint ? full : (6 + ((age * 31) % 9)) * MB,
    state_size: full,
    end_to_end_duration: duration,
    alignment_buffered: 0,
    processed_data: 2 * MB,
    persisted_data: 0,
    num_subtasks: subtasks,
    num_acknowledged_subtasks: isFailed ? subtasks - 1 : subtasks,
    checkpoint_type: isSavepoint ? 'SAVEPOINT' : 'CHECKPOINT',
    tasks: {},
    external_path: `file:/data/${isSavepoint ? 'savepoints/savepoint' : 'checkpoints/chk'}-${id}`,
    discarded: age > 2,
    ...(isFailed ? { failure_message: 'Checkpoint expired before completing.' } : {}),
  };
}

function statistics(history: readonly Checkpoint[]): unknown {
  const one = (value: number) => ({
    min: value,
    max: value * 8,
    avg: value,
    p50: value,
    p99: value * 7,
  });
  return {
    counts: { restored: 1, total: 42, in_progress: 0, completed: 41, failed: 1 },
    summary: {
      end_to_end_duration: one(460),
      checkpointed_size: one(9 * MB),
      state_size: one(220 * MB),
    },
    latest: {
      completed: history[0],
      savepoint: history[4],
      failed: history[7],
      restored: {
        id: 12,
        restore_timestamp: Date.now() - 754_000,
        is_savepoint: true,
        external_path: 'file:/data/savepoints/savepoint-12',
      },
    },
    history,
  };
}
