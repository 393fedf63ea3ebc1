/**
 * Paths as URIs in Flink's spelling: `file:/a/b`, without an authority for local files, and
 * `s3://bucket/a` with one.
 *
 * Flink: org.apache.flink.core.fs.Path.
 */
import { resolve } from 'node:path';
import { unknownFileSystem } from './unknown-file-system.ts';

const SCHEME = /^([a-zA-Z][a-zA-Z0-9+.-]*):/;

/** `undefined` for a plain path. A single letter is a drive, not a scheme. */
export function pathScheme(path: string): string | undefined {
  const scheme = SCHEME.exec(path)?.[1];
  return scheme === undefined || scheme.length === 1 ? undefined : scheme.toLowerCase();
}

/** `file:/a/b` of a plain path (a relative one against the working directory) or a `file:` URI. */
export function toFileUri(path: string): string {
  return `file:${toLocalPath(path)}`;
}

/**
 * The absolute path that the operating system takes, of a plain path or a `file:` URI.
 *
 * @throws ConfigError `FILE_SYSTEM_UNKNOWN` for another URI
 */
export function toLocalPath(path: string): string {
  const scheme = pathScheme(path);
  if (scheme !== undefined && scheme !== 'file') {
    throw unknownFileSystem(scheme, path, ['file']);
  }
  const rest = scheme === 'file' ? path.slice('file:'.length) : path;
  // `file:///a` and `file://localhost/a` are both the local /a.
  return resolve(rest.replace(/^\/\/(localhost)?(?=\/)/, ''));
}

/** Puts `/` between the parts, once. Parts that begin with `/` do not restart the path. */
export function joinPath(base: string, ...children: string[]): string {
  let path = base;
  for (const child of children) {
    const parent = withoutTrailingSlash(path);
    path = `${parent}${parent.endsWith('/') ? '' : '/'}${child.replace(/^\/+/, '')}`;
  }
  return path;
}

/** `undefined` when the path has none: a root, or a name alone. */
export function parentPath(path: string): string | undefined {
  const trimmed = withoutTrailingSlash(path);
  const root = rootLength(path);
  const slash = trimmed.lastIndexOf('/');
  if (trimmed.length <= root || slash < 0) {
    return undefined;
  }
  return trimmed.slice(0, Math.max(slash, root));
}

/** The last part. */
export function fileName(path: string): string {
  const trimmed = withoutTrailingSlash(path);
  return trimmed.slice(trimmed.lastIndexOf('/') + 1);
}

function withoutTrailingSlash(path: string): string {
  const root = rootLength(path);
  let end = path.length;
  while (end > root && path.charCodeAt(end - 1) === 0x2f) {
    end--;
  }
  return path.slice(0, end);
}

/** Of `file:/` in `file:/a`, of `s3://bucket/` in `s3://bucket/a`, of `/` in `/a`. */
function rootLength(path: string): number {
  return /^(?:[a-zA-Z][a-zA-Z0-9+.-]+:)?(?:\/\/[^/]*)?\/?/.exec(path)?.[0].length ?? 0;
}
