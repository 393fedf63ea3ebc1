/**
 * The web UI, where `@millrace/web-ui` is installed; else a page that says so.
 *
 * Invariant: nothing outside of that package's folder is read, and nothing that is hidden.
 *
 * Flink: StaticFileServerHandler, with its answers.
 */
import { type Stats, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import { RestError } from '../http/rest-error.ts';
import type { RestRoom } from '../http/rest-room.ts';

const WEB_UI = '@millrace/web-ui/index.html';

const NO_WEB_UI = `This is the REST endpoint of a Millrace process; it speaks Flink's REST API.

The web UI is a package of its own: npm install @millrace/web-ui
Jobs:        /jobs/overview
Description: /openapi.json
`;

export const filesRoom: RestRoom = (app) => {
  const root = webUiFolder();
  if (root !== undefined) {
    app.register(fastifyStatic, { root, serve: false, dotfiles: 'deny' });
  }
  app.get<{ Params: { '*': string } }>(
    '/*',
    { schema: { hide: true }, config: { isFile: true } },
    (request, reply) => {
      const path = request.params['*'];
      const file = path === '' || path.endsWith('/') ? `${path}index.html` : path;
      if (root === undefined) {
        if (path !== '') {
          throw notThere(request.originalUrl);
        }
        return reply.type('text/plain; charset=UTF-8').send(NO_WEB_UI);
      }
      checkFile(root, file, request.originalUrl);
      return reply.sendFile(file);
    },
  );
};

/** @throws RestError 403, 404, 405 */
function checkFile(root: string, file: string, url: string): void {
  const path = join(root, file);
  if (!path.startsWith(root + sep) || file.includes('\0')) {
    throw new RestError(403, 'Forbidden.');
  }
  const stat = statOf(path);
  if (stat === undefined || file.split('/').some((part) => part.startsWith('.'))) {
    throw notThere(url);
  }
  if (!stat.isFile()) {
    throw new RestError(405, 'File not found.');
  }
}

/** `undefined` for what is not there, also where no file can have that name: it is too long. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function notThere(url: string): RestError {
  const path = url.split('?', 1)[0]!;
  return new RestError(404, `Unable to load requested file ${decoded(path)}.`);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The folder of its `index.html`; `undefined` where it is not installed. */
function webUiFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve(WEB_UI));
  } catch {
    return undefined;
  }
}
