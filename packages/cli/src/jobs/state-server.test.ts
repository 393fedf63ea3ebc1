import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type MillraceClient, RestError } from '@millrace/rest-client';
import { askAboutState } from './state-server.ts';

const client = { address: 'http://flink:8081' } as MillraceClient;
const asked = (error: RestError) => askAboutState(client, () => Promise.reject(error));

describe('a question about state', () => {
  it("says that a server of Flink's does not answer it", async () => {
    const error = new RestError('REST_FAILED', 'Not found: /v1/jobs/1/sql', { status: 404 });

    await assert.rejects(asked(error), {
      code: 'UNSUPPORTED',
      message: /^the server at http:\/\/flink:8081 tells nothing of state: .*millrace snapshot/,
    });
  });

  it('fails as a server of ours says', async () => {
    const error = new RestError('STATE_UNKNOWN', 'no such state', { status: 404 });

    await assert.rejects(asked(error), error);
  });
});
