import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { endpointOf } from '../endpoint/gateway-fixture.ts';

describe('the thread of the jobs', () => {
  it('is told as busy from the first question that it did not answer, and no more once it did', async () => {
    let answer = (): void => {};
    let isBlocked = false;
    let asked = 0;
    const { app } = endpointOf({
      jobs: () => {
        asked += 1;
        return isBlocked
          ? new Promise((resolve) => {
              answer = () => resolve([]);
            })
          : Promise.resolve([]);
      },
    });
    const busySince = async (): Promise<number | null> => {
      const { body } = await app.inject({ method: 'GET', url: '/jobs-thread' });
      return JSON.parse(body).busySince;
    };

    const atFirst = await busySince();
    isBlocked = true;
    const earliest = Date.now();
    const blocked = await busySince();
    const still = await busySince();
    isBlocked = false;
    answer();
    const freed = await busySince();

    assert.equal(atFirst, null);
    assert.ok(blocked !== null && blocked >= earliest && blocked <= Date.now(), `${blocked}`);
    assert.equal(still, blocked);
    assert.equal(freed, null);
    assert.equal(asked, 3);
  });

  it('is waited for once, however many ask and however long it is busy', async () => {
    const never = new Promise<never>(() => {});
    const waiting = mock.method(never, 'then');
    const { app } = endpointOf({ jobs: () => never });

    await Promise.all(
      Array.from({ length: 20 }, () => app.inject({ method: 'GET', url: '/jobs-thread' })),
    );

    assert.equal(waiting.mock.callCount(), 1);
  });
});
