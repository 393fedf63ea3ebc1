/** Text from a socket, through a whole program. */
import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { describe, it } from 'node:test';
import { StreamExecutionEnvironment } from 'millrace';
import { assertError, failureOf } from './failures.ts';

const QUIET = { warn: (): void => {} };

/** Sends the texts of one connection in pieces, then ends it. */
async function serve(...connections: readonly (readonly string[])[]) {
  const left = [...connections];
  const server: Server = createServer((socket) => {
    for (const piece of left.shift() ?? []) {
      socket.write(piece);
    }
    socket.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, close: () => new Promise((resolve) => server.close(resolve)) };
}

function environment(): StreamExecutionEnvironment {
  return StreamExecutionEnvironment.createLocalEnvironment().setServices(QUIET);
}

describe('text from a socket', () => {
  it('is cut at line feeds, carriage returns left out, the last line without one kept', async () => {
    const { port, close } = await serve(['one\ntw', 'o\r\n', '\nthree €']);

    const lines = await environment().socketTextStream('127.0.0.1', port).executeAndCollect();

    await close();
    assert.deepEqual(lines, ['one', 'two', '', 'three €']);
  });

  it('is cut at another delimiter, and read again as often as it is told to', async () => {
    const { port, close } = await serve(['a;b\r;'], ['c']);

    const lines = await environment()
      .socketTextStream('127.0.0.1', port, { delimiter: ';', maxRetries: 1 })
      .executeAndCollect();

    await close();
    assert.deepEqual(lines, ['a', 'b\r', 'c']);
  });

  it('that nobody sends fails the job with the address', async () => {
    const { port, close } = await serve();
    await close();

    const error = await failureOf(() =>
      environment().socketTextStream('127.0.0.1', port).executeAndCollect(),
    );

    assertError(error, 'SOURCE_FAILED', new RegExp(`127\\.0\\.0\\.1:${port}`));
  });
});
