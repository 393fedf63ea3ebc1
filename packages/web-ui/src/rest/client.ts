/** The page's client of the REST API: beside where the page was loaded, so that a proxy's prefix stays. */
import { isUnanswered, MillraceClient, type RestError } from '@millrace/rest-client';
import { type Signal, signal } from '@preact/signals';

/** A server that takes a while is waited for; one that hangs is told as away. */
const TIMEOUT_MS = 30_000;
const TOKEN_KEY = 'millrace.token';

/** True while the server asks for a token that it was not given. */
export const tokenWanted: Signal<boolean> = signal(false);

let made: MillraceClient | undefined;

export function restClient(): MillraceClient {
  made ??= new MillraceClient({
    address: './',
    token: () => sessionStorage.getItem(TOKEN_KEY) ?? undefined,
    timeoutMs: TIMEOUT_MS,
    remedies: {
      unreachable: 'its process may have ended',
      late: 'its process may be at its limits',
      unauthorized: 'give its token, rest.auth.token',
      strange: 'is it the server of a job?',
    },
    fetch: async (request) => {
      const response = await fetch(request);
      tokenWanted.value ||= response.status === 401;
      return response;
    },
  });
  return made;
}

/** A plain link cannot carry it. */
export function isTokenGiven(): boolean {
  return sessionStorage.getItem(TOKEN_KEY) !== null;
}

/** Where the browser itself finds what is at a path. */
export function addressOf(path: string): string {
  return `${restClient().address}/v1/${path}`;
}

export function giveToken(token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token);
  tokenWanted.value = false;
}

/** @throws RestError */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await restClient().send('get', `/${path}`, { signal })) as T;
}

/** The server does not know the path: an endpoint that it lacks, or a thing that is gone. */
export function isMissing({ status }: RestError): boolean {
  return status === 404;
}

/** No answer came: nobody is there, or it took too long. */
export function isAway(error: RestError): boolean {
  return isUnanswered(error);
}

/** No answer came in time, of a server that may be there. */
export function isLate({ code }: RestError): boolean {
  return code === 'REST_CLIENT_TIMEOUT';
}

/** All that the server told of an error, with the trace that real Flink sends. */
export function detailsOf({ errors, message }: RestError): string {
  return errors.length === 0 ? message : errors.join('\n');
}

/** A path with its parts encoded: `` path`jobs/${id}/config` ``. */
export function path(texts: TemplateStringsArray, ...parts: readonly (string | number)[]): string {
  return texts.reduce((whole, text, index) => {
    return whole + encodeURIComponent(String(parts[index - 1])) + text;
  });
}

/** `?a=1&b=2`, without what is undefined or empty. */
export function query(values: Readonly<Record<string, string | number | undefined>>): string {
  const pairs = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  return pairs.length === 0
    ? ''
    : `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')}`;
}
