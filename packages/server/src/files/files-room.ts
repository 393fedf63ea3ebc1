/**
 * The web UI, where `@millrace/web-ui` is installed; else a page that says so.
 *
 * Invariants:
 * - Of that package only what its bundle made is read: `index.html` and what lies in `assets`.
 * - A file whose name carries a hash of its contents is kept by browsers for a year; all else, the page
 *   that names those files above all, is asked for anew each time.
 *
 * Flink: StaticFileServerHandler, with its answers.
 */
import { type Stats, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
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
    app.register(fastifyStatic, {
      ...{ root, serve: false, dotfiles: 'deny', cacheControl: false },
      setHeaders: (response, path) => {
        response.setHeader('cache-control', HASHED.test(path) ? FOR_GOOD : 'no-cache');
      },
    });
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

const HASHED = /[\\/]assets[\\/][\w.]+-[A-Z0-9]{8}\.(?:js|css)$/; // As esbuild names them.
const FOR_GOOD = 'public, max-age=31536000, immutable';
/** Tests are compiled into the same folder. */
const BUNDLED = /^(?:index\.html|assets(?:\/.*)?)$/;

/** @throws RestError 403, 404, 405 */
function checkFile(root: string, file: string, url: string): void {
  const path = join(root, file);
  if (!path.startsWith(root + sep) || file.includes('\0')) {
    throw new RestError(403, 'Forbidden.');
  }
  const stat = statOf(path);
  const isHidden = file.split('/').some((part) => part.startsWith('.'));
  if (stat === undefined || isHidden || !BUNDLED.test(relative(root, path).replaceAll(sep, '/'))) {
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
