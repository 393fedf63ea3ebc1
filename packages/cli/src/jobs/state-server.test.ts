import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RestClient } from '../rest/rest-client.ts';
import { RestError } from '../rest/rest-client.ts';
import { askAboutState } from './state-server.ts';

const client = { address: 'http://flink:8081' } as RestClient;
const asked = (error: RestError) => askAboutState(client, () => Promise.reject(error));

describe('a question about state', () => {
  it("says that a server of Flink's does not answer it", async () => {
    const error = new RestError('REST_FAILED', 'Not found: /v1/jobs/1/sql', 404, undefined);

    await assert.rejects(asked(error), {
      code: 'UNSUPPORTED',
      message: /^the server at http:\/\/flink:8081 tells nothing of state: .*millrace snapshot/,
    });
  });

  it('fails as a server of ours says', async () => {
    const error = new RestError('STATE_UNKNOWN', 'no such state', 404, undefined);

    await assert.rejects(asked(error), error);
  });
});
