/** What a test asks of an error. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { type ErrorCode, errorCode } from 'millrace';

/** What a program that must not run throws. */
export async function failureOf(run: () => Promise<unknown>): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  return assert.fail('the program ran although it must not');
}

export function assertError(error: unknown, code: ErrorCode, message: RegExp): void {
  assert.equal(errorCode(error), code, String(error));
  assert.match((error as Error).message, message);
}

function chainOf(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let at = error; at !== undefined; at = (at as Error).cause) {
    chain.push(at);
  }
  return chain;
}

/** Codes of an error and of what caused it. */
export function causesOf(error: unknown): (string | undefined)[] {
  return chainOf(error).map(errorCode);
}

export function messagesOf(error: unknown): string {
  return chainOf(error).map(String).join('\n');
}

export function localPath(uri: string): string {
  return uri.startsWith('file:') ? fileURLToPath(uri) : uri;
}
