/** Where a server is. */
import { RestError } from './rest-error.ts';

/**
 * Without slash at its end; `localhost:8081` is `http://localhost:8081`.
 *
 * @throws RestError `REST_UNREACHABLE`
 */
export function serverAddress(address: string | URL): string {
  const text = String(address);
  const whole = /^(?:[a-z][a-z0-9+.-]*:\/\/|[./])/i.test(text) ? text : `http://${text}`;
  const page = (globalThis as { readonly location?: { readonly href: string } }).location?.href;
  const url = URL.canParse(whole, page) ? new URL(whole, page) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new RestError(
      'REST_UNREACHABLE',
      `${JSON.stringify(text)} is no address of a REST server; write http://HOST:PORT`,
    );
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}
