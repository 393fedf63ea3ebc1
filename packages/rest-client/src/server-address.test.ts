import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RestError } from './rest-error.ts';
import { serverAddress } from './server-address.ts';

describe('the address of a server', () => {
  it('has a scheme, a prefix where there is one, and no slash at its end', () => {
    assert.equal(serverAddress('localhost:8081'), 'http://localhost:8081');
    assert.equal(serverAddress(new URL('https://proxy/flink/?a#b')), 'https://proxy/flink');
  });

  it('is refused when it is none', () => {
    for (const address of ['', 'ftp://host', 'http://', './beside']) {
      assert.throws(
        () => serverAddress(address),
        (error) => error instanceof RestError && error.code === 'REST_UNREACHABLE',
        address,
      );
    }
  });
});
