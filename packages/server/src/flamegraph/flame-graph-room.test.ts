import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JobDetails } from '@millrace/runtime';
import { endpointOf } from '../endpoint/gateway-fixture.ts';
import type { ThreadProfile } from '../inspector/thread-profiles.ts';

const JOB = 'a'.repeat(32);
const VERTEX = 'b'.repeat(32);
const PATH = `/jobs/${JOB}/vertices/${VERTEX}/flamegraph`;

describe('a flame graph over REST', () => {
  it('is disabled unless it was enabled, and nothing is sampled', async () => {
    const { app } = endpointOf(jobWith('RUNNING'));

    assert.equal((await app.inject(PATH)).body, '{"endTimestamp":-2}');
  });

  it('is awaited first, and told once its threads were sampled', async () => {
    const wanted: boolean[] = [];
    const { app } = flameGraphs('RUNNING', ({ wants }) =>
      wanted.push(wants({ id: 0, name: 'main' }), wants({ id: 1, name: 'rest-endpoint' })),
    );

    const first = (await app.inject(PATH)).body;
    const { endTimestamp, data } = (await app.inject(`${PATH}?type=off_cpu&subtaskindex=0`)).json();

    assert.equal(first, '{"endTimestamp":-3}');
    assert.deepEqual(wanted, [true, false]);
    assert.ok(endTimestamp > 0);
    assert.deepEqual(data, {
      ...{ name: 'root', value: 4 },
      children: [{ name: '(the event loop waits)', value: 4, children: [] }],
    });
  });

  it('is none of a task that has ended, and refuses what there is not in the words of Flink', async () => {
    const { app } = flameGraphs('FINISHED', () => {});

    assert.equal((await app.inject(PATH)).body, '{"endTimestamp":-1}');
    const odd = await app.inject(`${PATH}?subtaskindex=7`);
    assert.equal(odd.statusCode, 404);
    assert.match(odd.body, /Invalid subtask index for vertex b+/);
    assert.equal((await app.inject(`${PATH}?type=half`)).statusCode, 400);
  });
});

function jobWith(state: string) {
  const subtasks = [{ subtask: 0, state, taskManagerId: 'local' }];
  const details = { jobId: JOB, vertices: [{ id: VERTEX, subtasks }] };
  return { jobDetails: async () => details as unknown as JobDetails };
}

function flameGraphs(
  state: string,
  onSample: (request: { wants(thread: { id: number; name: string }): boolean }) => void,
) {
  const callFrame = {
    functionName: '(idle)',
    url: '',
    scriptId: '0',
    lineNumber: -1,
    columnNumber: -1,
  };
  const profile = { nodes: [{ id: 1, callFrame, hitCount: 4 }], startTime: 0, endTime: 1 };
  return endpointOf(
    jobWith(state),
    { 'rest.flamegraph.enabled': 'true' },
    {
      profile: async (request): Promise<ThreadProfile[]> => {
        onSample(request);
        return [{ thread: { id: 0, name: 'main' }, profile }];
      },
    },
  );
}
