import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endpointOf } from '../endpoint/gateway-fixture.ts';
import { dumpsOfJob, JOB_ID, VERTEX_ID } from '../metrics/metrics-fixture.ts';
import { exposition } from './exposition.ts';

const LABELS =
  `host="here",tm_id="local",job_id="${JOB_ID}",job_name="flights",task_id="${VERTEX_ID}",` +
  `task_name="Source:_numbers____to_pairs",subtask_index="1",task_attempt_id="${VERTEX_ID}_1_0",task_attempt_num="0"`;

describe('the text for Prometheus', () => {
  it('has names, labels and types as the reporter of Flink has them', async () => {
    const lines = (await exposition(dumpsOfJob())).split('\n');

    const at = lines.indexOf(
      '# HELP flink_taskmanager_job_task_numRecordsOut numRecordsOut (scope: taskmanager_job_task)',
    );
    assert.equal(lines[at + 1], '# TYPE flink_taskmanager_job_task_numRecordsOut gauge');
    assert.equal(lines[at + 3], `flink_taskmanager_job_task_numRecordsOut{${LABELS}} 7510`);
    assert.ok(lines.includes('flink_jobmanager_numRunningJobs{host="here"} 1'));
    assert.ok(
      lines.includes(`flink_taskmanager_job_task_isBackPressured{${LABELS}} 0`),
      'booleans are numbers',
    );
    assert.ok(
      lines.some(
        (line) =>
          line.startsWith('flink_taskmanager_job_task_operator_key_hits{') &&
          line.includes('key="a_value"') &&
          line.includes('operator_name="Source:_numbers"'),
      ),
    );
  });

  it('has a histogram as a summary with its quantiles and count', async () => {
    const lines = (await exposition(dumpsOfJob())).split('\n');

    const name = 'flink_taskmanager_job_task_mailboxLatencyMs';
    assert.ok(lines.includes(`# TYPE ${name} summary`));
    assert.ok(lines.includes(`${name}{${LABELS},quantile="0.999"} 3`));
    assert.ok(lines.includes(`${name}_count{${LABELS}} 2`));
    assert.equal(lines.filter((line) => line.startsWith(`${name}{${LABELS}`)).length, 6);
  });

  it('leaves text out, and label values as they are where that is asked for', async () => {
    const text = await exposition(dumpsOfJob(), { filterLabelValueCharacters: false });

    assert.doesNotMatch(text, /lastCheckpointExternalPath/);
    assert.match(text, /task_name="Source: numbers -> to-pairs"/);
  });

  it('is what GET /metrics answers', async () => {
    const { app } = endpointOf({ metrics: async () => dumpsOfJob() });

    const answer = await app.inject('/metrics');

    assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    assert.equal(answer.body, await exposition(dumpsOfJob()));
  });
});
