import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import { bindPorts } from './port-range.ts';

describe('the ports of the REST endpoint', () => {
  it('are those of rest.bind-port in their order, single ones and ranges', () => {
    const configuration = new Configuration({
      'rest.bind-port': '9000, 8081-8083',
      'rest.port': 1,
    });

    assert.deepEqual(bindPorts(configuration).ports, [9000, 8081, 8082, 8083]);
  });

  it('are that of rest.port where no other is set', () => {
    assert.deepEqual(bindPorts(new Configuration({ 'rest.port': 8099 })).ports, [8099]);
    assert.deepEqual(bindPorts(new Configuration()).ports, [8081]);
  });

  it('are refused by key and value when they are none', () => {
    for (const text of ['x', '1-', '70000', '9-8', '', '-1']) {
      assert.throws(() => bindPorts(new Configuration({ 'rest.bind-port': text })), {
        code: 'CONFIG_VALUE_INVALID',
        message: /rest\.bind-port/,
      });
    }
  });
});
