import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { buildFlinkProject, runJobsInFlink, whyNoFlink } from './flink.ts';
import { INPUTS } from './jobs/inputs.ts';
import { JOBS } from './jobs/jobs.ts';
import type { Lines } from './jobs/outputs.ts';
import { assertSameLines, isRecord } from './jobs/same-lines.ts';
import { temporaryFolder } from './retained-checkpoint.ts';

const missing = whyNoFlink();
if (missing !== undefined && process.env.CI === 'true') {
  throw new Error(`the comparison with real Flink must run in CI, but ${missing}`);
}
const skip = missing ?? false;
const folder = temporaryFolder('jobs');

function linesOfFlink(job: string): Lines {
  const lines: Lines = JSON.parse(readFileSync(join(folder, `${job}.json`), 'utf8'));
  if (lines.error !== undefined) {
    assert.fail(`the job failed in Flink: ${lines.error.join('\n')}`);
  }
  return lines;
}

describe('a job puts out what it puts out in real Flink', { skip }, () => {
  before(async () => {
    await buildFlinkProject();
    for (const name of Object.keys(JOBS)) {
      writeFileSync(join(folder, `${name}.txt`), String(INPUTS[name]?.script()));
    }
    await runJobsInFlink(folder);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('for each input there is a job', () => {
    assert.deepEqual(Object.keys(JOBS).sort(), Object.keys(INPUTS).sort());
  });

  for (const [name, job] of Object.entries(JOBS)) {
    const { shows, script, order } = INPUTS[name]!;
    it(`${name}: ${shows}`, async () => {
      const ours = await job(script());

      const theirs = linesOfFlink(name);
      assert.deepEqual(Object.keys(ours).sort(), Object.keys(theirs).sort());
      for (const [stream, lines] of Object.entries(theirs)) {
        assert.ok(lines.some(isRecord), `Flink puts out no record to '${stream}'`);
        assertSameLines(ours[stream] ?? [], lines, { stream, order });
      }
    });
  }
});
