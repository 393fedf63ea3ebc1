/**
 * Calls of the REST API, at paths relative to where the page was loaded, so that a proxy's prefix
 * stays.
 *
 * Every failure is a `RestError`: `status` 0 where no answer came.
 */
import { type Signal, signal } from '@preact/signals';
import { readErrors } from './error-text.ts';

/** A server that takes a while is waited for; one that hangs is told as away. */
const TIMEOUT_MS = 30_000;
const TOKEN_KEY = 'millrace.token';

export class RestError extends Error {
  readonly status: number;
  /** Whole text of the answer's errors, with the trace that real Flink sends. */
  readonly details: string;

  constructor(status: number, message: string, details: string = message) {
    super(message);
    this.status = status;
    this.details = details;
  }

  /** The server does not know the path: an endpoint that it lacks, or a thing that is gone. */
  get isMissing(): boolean {
    return this.status === 404;
  }

  get isAway(): boolean {
    return this.status === 0;
  }
}

/** True while the server asks for a token that it was not given. */
export const tokenWanted: Signal<boolean> = signal(false);

export function giveToken(token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token);
  tokenWanted.value = false;
}

/** @throws RestError */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await call(path, { method: 'GET' }, signal);
  return (await response.json().catch(() => {
    throw new RestError(response.status, `the answer of ${path} is no JSON`);
  })) as T;
}

/** @throws RestError */
export async function sendJson<T>(
  method: 'POST' | 'PATCH',
  path: string,
  body?: unknown,
): Promise<T> {
  const response = await call(path, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return (text === '' ? {} : JSON.parse(text)) as T;
}

/**
 * The last `bytesMax` bytes of a text, so that a large log does not fill the memory.
 *
 * @throws RestError
 */
export async function getTextTail(
  path: string,
  bytesMax: number,
  signal?: AbortSignal,
): Promise<{ text: string; cut: boolean }> {
  const response = await call(path, { method: 'GET' }, signal);
  const chunks: Uint8Array[] = [];
  let held = 0;
  let cut = false;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    held += chunk.length;
    while (chunks.length > 1 && held - chunks[0]!.length >= bytesMax) {
      held -= chunks.shift()!.length;
      cut = true;
    }
  }
  const text = await new Blob(chunks as BlobPart[]).text();
  // The first line of a tail is rarely whole.
  return { text: cut ? text.slice(text.indexOf('\n') + 1) : text, cut };
}

async function call(path: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const token = sessionStorage.getItem(TOKEN_KEY);
  let response: Response;
  try {
    response = await fetch(`./${path}`, {
      ...init,
      headers: {
        ...init.headers,
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
  } catch (cause) {
    if (signal?.aborted === true) {
      throw cause;
    }
    throw new RestError(0, 'the server does not answer');
  }
  if (!response.ok) {
    tokenWanted.value ||= response.status === 401;
    const { message, details } = readErrors(await response.text().catch(() => ''));
    throw new RestError(response.status, message ?? `status ${response.status}`, details);
  }
  return response;
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
