import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import { UsageError } from '../usage-error.ts';
import { configuredServerAddress, parseServerAddress } from './server-address.ts';

describe('the address that --jobmanager gives', () => {
  for (const [text, address] of [
    ['jobmanager:9000', 'http://jobmanager:9000/'],
    ['jobmanager', 'http://jobmanager:8081/'],
    [':8090', 'http://127.0.0.1:8090/'],
    ['jobmanager:80', 'http://jobmanager/'],
    ['[::1]:8081', 'http://[::1]:8081/'],
    ['https://flink.example/jobs', 'https://flink.example/jobs'],
  ] as const) {
    it(`${text} is ${address}`, () => {
      const url = parseServerAddress(text);

      assert.equal(url.href, address);
    });
  }

  for (const text of ['a b:8081', 'host:port', '', 'host:99999', 'http://host/?x=1']) {
    it(`${JSON.stringify(text)} is refused`, () => {
      assert.throws(() => parseServerAddress(text), UsageError);
    });
  }
});

describe('the configured address of the server', () => {
  const addressOf = (values: Record<string, string>): string =>
    configuredServerAddress(new Configuration(values)).href;

  it('is 127.0.0.1:8081 where nothing is configured', () => {
    assert.equal(addressOf({}), 'http://127.0.0.1:8081/');
  });

  it('is that of rest.address and rest.port', () => {
    const address = addressOf({ 'rest.address': 'jobmanager', 'rest.port': '9000' });

    assert.equal(address, 'http://jobmanager:9000/');
  });

  it('takes a single rest.bind-port, and the first port of no range', () => {
    assert.equal(addressOf({ 'rest.bind-port': '9001' }), 'http://127.0.0.1:9001/');
    assert.equal(addressOf({ 'rest.bind-port': '9001-9010' }), 'http://127.0.0.1:8081/');
    assert.equal(addressOf({ 'rest.port': '0' }), 'http://127.0.0.1:8081/');
  });

  it('has TLS and the prefix of a proxy', () => {
    const address = addressOf({
      'security.ssl.rest.enabled': 'true',
      'rest.url-prefix': '/flink',
      'rest.address': '::1',
    });

    assert.equal(address, 'https://[::1]:8081/flink');
  });
});
