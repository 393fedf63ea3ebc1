/** Files of a web UI and a REST API behind one address, as a browser wants them. */
import { createReadStream, statSync } from 'node:fs';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
};

export interface OneOrigin {
  /** `http://127.0.0.1:PORT`. */
  readonly address: string;
  close(): Promise<void>;
}

/** @param restAddress - `HOST:PORT`; is asked for all that is no file */
export async function serveOneOrigin(options: {
  readonly files: string;
  readonly restAddress: string;
}): Promise<OneOrigin> {
  const server = createServer((incoming, outgoing) => {
    const url = incoming.url ?? '/';
    const [path = '/'] = url.split('?');
    const file = join(options.files, normalize(path === '/' ? '/index.html' : path));
    if (statSync(file, { throwIfNoEntry: false })?.isFile() === true) {
      sendFile(file, outgoing);
      return;
    }
    const [host, port] = options.restAddress.split(':');
    const { method, headers } = incoming;
    const asked = request({ host, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    asked.on('error', () => outgoing.writeHead(502).end());
    incoming.pipe(asked);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function sendFile(file: string, outgoing: ServerResponse): void {
  outgoing.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
  createReadStream(file).pipe(outgoing);
}
