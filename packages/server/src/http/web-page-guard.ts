/**
 * Keeps pages of the web away from an endpoint that needs no token, because only this machine reaches it:
 * the browser of this machine does too, whatever page it shows.
 *
 * Invariants:
 * - A request under a name that is not this machine's is refused: a page whose own name was made to lead
 *   here (DNS rebinding) counts as of one origin with the endpoint.
 * - What changes something, and what is not of Flink, is refused to pages of other origins, unless
 *   `web.access-control-allow-origin` says who may. A client that is no browser sends no origin.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isIPv4 } from 'node:net';
import { type Configuration, type ErrorCode, RestOptions, WebOptions } from '@millrace/core';
import { RestError } from './rest-error.ts';

export interface GuardedRequest {
  readonly method: string;
  /** As it was registered: `/jobs/:jobid/state`; `undefined` for none. */
  readonly route: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

const PAGE_REFUSED: ErrorCode = 'REST_PAGE_REFUSED';
const OWN_ROUTE = /\/(state|sql|queryable-states|snapshots)(\/|$)/;
/** Those of Flink that change something by GET. */
const CHANGING_GET = /\/yarn-(cancel|stop)$/;

export class WebPageGuard {
  private readonly isNeeded: boolean;
  private readonly checksOrigin: boolean;
  private readonly ownName: string | undefined;

  constructor(configuration: Configuration) {
    this.isNeeded =
      configuration.get(RestOptions.AUTH_TOKEN) === undefined &&
      isLoopback(configuration.get(RestOptions.BIND_ADDRESS));
    this.checksOrigin = !configuration.contains(WebOptions.ACCESS_CONTROL_ALLOW_ORIGIN);
    this.ownName = configuration.get(RestOptions.ADDRESS)?.toLowerCase();
  }

  /** @throws RestError 403 `REST_PAGE_REFUSED` */
  check({ method, route, headers }: GuardedRequest): void {
    if (!this.isNeeded) {
      return;
    }
    const { host, origin } = headers;
    if (host !== undefined && !this.isOurs(nameOf(`http://${host}`))) {
      throw refused(
        `the request is for the host ${JSON.stringify(host.slice(0, 200))}, which is not this machine; ` +
          `set ${RestOptions.ADDRESS.key} to that name, or ${RestOptions.AUTH_TOKEN.key}`,
      );
    }
    const changes = mayChange(method, route);
    if (this.checksOrigin && (changes || OWN_ROUTE.test(route ?? ''))) {
      this.checkOrigin(origin, host, changes && headers['sec-fetch-site'] === 'cross-site');
    }
  }

  /** @param isForeign - a browser says so: an image or a link sends no origin */
  private checkOrigin(
    origin: string | undefined,
    host: string | undefined,
    isForeign: boolean,
  ): void {
    const isSameHost = origin === `http://${host}` || origin === `https://${host}`;
    if (origin === undefined ? isForeign : !isSameHost && !this.isOurs(nameOf(origin))) {
      throw refused(
        `a page of ${origin === undefined ? 'another site' : JSON.stringify(origin.slice(0, 200))} may not ` +
          `ask for this; set ${WebOptions.ACCESS_CONTROL_ALLOW_ORIGIN.key} or ${RestOptions.AUTH_TOKEN.key}`,
      );
    }
  }

  private isOurs(name: string | undefined): boolean {
    return name !== undefined && (isLoopback(name) || name === this.ownName);
  }
}

/** Whether a request may change something. @param route - as it was registered */
export function mayChange(method: string, route: string | undefined): boolean {
  return !/^(GET|HEAD|OPTIONS)$/.test(method) || CHANGING_GET.test(route ?? '');
}

/** Of a URL, in lower case and without brackets; `undefined` for what is none. */
function nameOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : undefined;
}

function isLoopback(name: string): boolean {
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    (isIPv4(name) && name.startsWith('127.'))
  );
}

function refused(what: string): RestError {
  return new RestError(403, `${PAGE_REFUSED}: ${what}`);
}
