/** Failed connections to real servers: what Node says of them differs with its version. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createSocketServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MillraceClient } from './millrace-client.ts';
import type { RestError } from './rest-error.ts';

const HAS_OPENSSL = spawnSync('openssl', ['version']).error === undefined;

describe('a connection that gives no answer', () => {
  const servers: Server[] = [];
  after(() => {
    for (const server of servers) {
      server.close();
    }
  });

  async function portOf(server: Server): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.push(server);
    return (server.address() as AddressInfo).port;
  }

  it('is one to something that closes it, or speaks another protocol', async () => {
    const closing = await portOf(
      createSocketServer((socket) => socket.once('data', () => socket.destroy())),
    );
    const other = await portOf(createSocketServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n')));
    const proxy = await portOf(createServer((_request, response) => response.writeHead(407).end()));

    assert.match(
      await failureOf(`http://127.0.0.1:${closing}`),
      /^REST_UNREACHABLE: .* closed the connection without an answer, .* write https:\/\/; is the job running/,
    );
    assert.match(
      await failureOf(`http://127.0.0.1:${other}`),
      /^REST_FAILED: what answers at .* does not speak HTTP; is it the REST server of a job\?$/,
    );
    assert.match(
      await failureOf(`http://127.0.0.1:${proxy}`),
      /^REST_UNREACHABLE: .*: it gives an answer that fetch does not take, .*\(407\); /,
    );
    assert.match(
      await failureOf('http://127.0.0.1:6000'),
      /^REST_UNREACHABLE: .*: fetch asks no such port/,
    );
  });

  it('is one with TLS to a server without', async () => {
    const port = await portOf(createServer((_request, response) => response.end('{}')));

    assert.equal(
      await failureOf(`https://127.0.0.1:${port}`),
      `REST_TLS_FAILED: https://127.0.0.1:${port} does not speak TLS; write http://`,
    );
  });

  describe('with TLS', {
    skip: HAS_OPENSSL ? false : 'needs openssl, which makes the certificates',
  }, () => {
    let folder = '';
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'millrace-tls-client-'));
    });
    after(() => rmSync(folder, { recursive: true }));

    /** A server with a certificate of its own, and the file of that. */
    async function tlsServer(name: string, options: object = {}, answer = answerNoJobs) {
      const [key, file] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
      const made = ['-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', file];
      const named = ['-subj', '/CN=x', '-addext', `subjectAltName=${name}`];
      execFileSync('openssl', ['req', '-x509', ...made, ...named], { stdio: 'ignore' });
      const keys = { key: readFileSync(key), cert: readFileSync(file) };
      const server = createTlsServer({ ...keys, ...options }, answer);
      return { port: await portOf(server), file };
    }

    it('is told by what the certificate lacks, and what helps', async () => {
      const { port, file } = await tlsServer('IP:127.0.0.1');
      const misnamed = await tlsServer('DNS:other.example');
      const address = `https://127.0.0.1:${port}`;

      assert.match(
        await failureOf(address),
        /^REST_TLS_FAILED: the certificate of .* is not trusted here \(self-signed certificate\); NODE_EXTRA_CA_CERTS=FILE/,
      );
      assert.match(
        await failureTrusting(misnamed.file, `https://127.0.0.1:${misnamed.port}`),
        /^REST_TLS_FAILED: the certificate of .* is one of another name \(.*127\.0\.0\.1.*\); name the server/,
      );
      assert.equal(await failureTrusting(file, address), 'none');
      assert.match(
        await failureOf(`http://127.0.0.1:${port}`),
        /^REST_UNREACHABLE: .* closed the connection without an answer, as one that speaks TLS/,
      );
    });

    it('is told by what server and client do not agree on', async () => {
      const versions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' };
      const old = await tlsServer('IP:127.0.0.1', { ...versions, ciphers: 'DEFAULT@SECLEVEL=0' });
      // As one does that finds no certificate of the client, but always behind the request.
      const strict = await tlsServer('IP:127.0.0.1', {}, ({ socket }) => socket.destroy());

      assert.match(
        await failureOf(`https://127.0.0.1:${old.port}`),
        /^REST_TLS_FAILED: no secure connection to .*: tlsv1 alert protocol version; server and client/,
      );
      assert.match(
        await failureTrusting(strict.file, `https://127.0.0.1:${strict.port}`),
        /^REST_UNREACHABLE: .* closed .*, as one that asks its clients for a certificate/,
      );
    });
  });
});

function answerNoJobs(_request: IncomingMessage, response: ServerResponse): void {
  response.end('{"jobs":[]}');
}

async function failureOf(address: string): Promise<string> {
  return new MillraceClient({ address }).jobs().then(
    () => 'none',
    ({ code, message }: RestError) => `${code}: ${message}`,
  );
}

/** In a process that trusts the certificates of a file. */
async function failureTrusting(file: string, address: string): Promise<string> {
  const client = fileURLToPath(new URL('./millrace-client.js', import.meta.url));
  const script = `
    import { MillraceClient } from '${client}';
    const tell = ({ code, message }) => code + ': ' + message;
    process.stdout.write(await new MillraceClient({ address: '${address}' }).jobs().then(() => 'none', tell));
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: file },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of child.stdout) {
    text += String(chunk);
  }
  return text;
}
