/** Which path of Flink's REST a request means: without `rest.url-prefix`, without version. */

const OUTSIDE = '/.outside'; // No route has it, and no file: hidden ones are not there for anyone.

/** @param prefix - begins and ends with a slash */
export function routePath(url: string, prefix: string): string {
  if (!url.startsWith(prefix)) {
    return `${url}/` === prefix ? '/' : OUTSIDE;
  }
  const path = url.slice(prefix.length - 1);
  return /^\/v1(?=[/?]|$)/.test(path) ? withSlash(path.slice('/v1'.length)) : path;
}

function withSlash(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}
