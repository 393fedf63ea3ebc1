/** Serves the built web UI and, on the same origin, the answers of a made-up or recorded cluster. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, extname, join, normalize, sep } from 'node:path';

export interface Asked {
  readonly method: string;
  /** Without the leading slash, the version, and what follows `?`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export interface Answer {
  readonly status: number;
  /** A text and bytes are sent as they are, all else as JSON. */
  readonly body: unknown;
}

/** `undefined` for a path that the cluster does not know. */
export type Cluster = (asked: Asked) => Answer | undefined;

export interface Site {
  readonly address: string;
  /** Paths that were asked for, in order, with the method where it is no GET. */
  readonly asked: readonly string[];
  /** While true each request is cut off, as if the server were gone. */
  isAway: boolean;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** @param prefix - what a proxy would put before all paths, such as `/prod/` */
export async function startSite(cluster: Cluster, prefix = '/'): Promise<Site> {
  const asked: string[] = [];
  const site = { address: '', asked, isAway: false, close: async () => {} };
  const server = createServer((request, response) => {
    if (site.isAway) {
      request.socket.destroy();
      return;
    }
    readBody(request)
      .then((body) => answer(cluster, request, body, asked, prefix, response))
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  site.address = `http://127.0.0.1:${port}${prefix}`;
  site.close = () =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return site;
}

function answer(
  cluster: Cluster,
  request: IncomingMessage,
  body: string,
  asked: string[],
  prefix: string,
  response: ServerResponse,
): void {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://site');
  if (!pathname.startsWith(prefix)) {
    response.writeHead(404).end();
    return;
  }
  const path = pathname.slice(prefix.length).replace(/^v1\//, '');
  const method = request.method ?? 'GET';
  const file = method === 'GET' ? siteFile(path === '' ? 'index.html' : path) : undefined;
  if (file !== undefined) {
    response.writeHead(200, { 'content-type': file.type }).end(file.bytes);
    return;
  }
  asked.push(`${method === 'GET' ? '' : `${method} `}${path}`);
  const found = cluster({
    method,
    path,
    query: searchParams,
    body: body === '' ? undefined : JSON.parse(body),
  }) ?? { status: 404, body: { errors: [`Not found: /${path}`] } };
  const isText = typeof found.body === 'string' || found.body instanceof Uint8Array;
  response
    .writeHead(found.status, {
      'content-type': isText ? 'text/plain' : 'application/json; charset=UTF-8',
    })
    .end(isText ? found.body : JSON.stringify(found.body));
}

function siteFile(path: string): { bytes: Buffer; type: string } | undefined {
  const root = siteFolder();
  const file = normalize(join(root, path));
  const type = TYPES[extname(file)];
  if (type === undefined || !file.startsWith(root + sep)) {
    return undefined;
  }
  try {
    return { bytes: readFileSync(file), type };
  } catch {
    return undefined;
  }
}

export function siteFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('@millrace/web-ui/index.html'));
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
  }
  return text;
}
