import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fuzzBesideJob } from './fuzzed-job.ts';

describe('the REST endpoint', () => {
  it('answers 400 malformed requests beside a job in the form of Flink, none by 5xx, and goes on', async () => {
    const result = await fuzzBesideJob({ seed: 8, requests: 400 });

    assert.deepEqual(result.faults, []);
    assert.ok((result.statuses.get(404) ?? 0) > 50, 'most of it reached a router');
    assert.ok((result.statuses.get(200) ?? 0) > 10, 'some of it was right');
    assert.ok(result.isAlive);
  });
});
