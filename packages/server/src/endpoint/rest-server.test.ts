import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { get, type RequestOptions } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Configuration } from '@millrace/core';
import { gatewayOf } from './gateway-fixture.ts';
import { startRestServer } from './rest-server.ts';

const HAS_OPENSSL = spawnSync('openssl', ['version']).error === undefined;

describe('the REST server of a process', () => {
  it('answers what it asked the thread of the jobs, until it is closed', async () => {
    const configuration = new Configuration({ 'rest.bind-port': '0' });
    const server = await startRestServer(configuration, gatewayOf());
    server.keepAlive(); // Nothing else does here.
    const url = await server.url;

    const answer = await fetch(`${url}/overview`);
    const errors = (await (await fetch(`${url}/jobs-of-nobody`)).json()) as { errors: string[] };
    await server.close();

    assert.equal(answer.status, 200);
    assert.deepEqual(errors.errors, ['Unable to load requested file /jobs-of-nobody.']);
    await assert.rejects(fetch(`${url}/overview`));
  });

  it('is refused by port and key where the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };

    const starting = startRestServer(
      new Configuration({ 'rest.bind-port': String(port) }),
      gatewayOf(),
    );

    await assert.rejects(starting, (error: Error & { code: string }) => {
      assert.equal(error.code, 'REST_PORT_TAKEN');
      assert.match(
        error.message,
        new RegExp(`port ${port} is taken on 127.0.0.1; set rest.bind-port`),
      );
      return true;
    });
    other.close();
  });

  it('is refused before it starts where TLS has no certificate', async () => {
    const configuration = new Configuration({ 'security.ssl.rest.enabled': true });

    await assert.rejects(startRestServer(configuration, gatewayOf()), {
      code: 'CONFIG_VALUE_INVALID',
      message: /security\.ssl\.rest\.certificate/,
    });
  });

  it('is refused before it starts where TLS cannot use its files, and says which', {
    skip: HAS_OPENSSL ? false : 'needs openssl, which makes its certificate',
  }, async () => {
    const [one, other] = [0, 1].map(() => {
      return selfSigned(mkdtempSync(join(tmpdir(), 'millrace-tls-')));
    }) as [Made, Made];
    const refused = (certificate: string, key: string, message: RegExp) =>
      assert.rejects(
        startRestServer(
          new Configuration({
            'security.ssl.rest.enabled': true,
            'security.ssl.rest.certificate': certificate,
            'security.ssl.rest.private-key': key,
          }),
          gatewayOf(),
        ),
        { code: 'CONFIG_VALUE_INVALID', message },
      );

    await refused(import.meta.filename, one.key, /in security\.ssl\.rest\.certificate: /);
    await refused(one.certificate, import.meta.filename, /in security\.ssl\.rest\.private-key: /);
    await refused(one.certificate, other.key, /certificate and security\.ssl\.rest\.private-key: /);
    for (const { folder } of [one, other]) {
      rmSync(folder, { recursive: true });
    }
  });

  it('speaks TLS with the certificate that is configured, and nothing else on that port', {
    skip: HAS_OPENSSL ? false : 'needs openssl, which makes its certificate',
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-tls-'));
    try {
      const made = selfSigned(folder);
      const server = await startRestServer(
        new Configuration({
          'rest.bind-port': '0',
          'security.ssl.rest.enabled': true,
          'security.ssl.rest.certificate': made.certificate,
          'security.ssl.rest.private-key': made.key,
        }),
        gatewayOf(),
      );
      try {
        server.keepAlive();
        const url = await server.url;

        assert.match(url, /^https:/);
        assert.equal(await statusOf(url, { ca: readFileSync(made.certificate) }), 200);
        await assert.rejects(statusOf(url, {}), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
        await assert.rejects(fetch(`${url.replace('https:', 'http:')}/overview`));
      } finally {
        await server.close();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

interface Made {
  readonly folder: string;
  readonly key: string;
  readonly certificate: string;
}

function selfSigned(folder: string): Made {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = ['-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', ...made, ...name], { stdio: 'ignore' });
  return { folder, key, certificate };
}

function statusOf(url: string, options: RequestOptions): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = get(`${url}/overview`, { ...options, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on('error', reject);
  });
}
