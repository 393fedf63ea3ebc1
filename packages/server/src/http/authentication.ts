/**
 * Lets in who carries the token of `rest.auth.token`; everyone where none is set.
 *
 * The files of the web UI hold no secret and are served to all: a browser cannot send the header when
 * it opens a page, and the UI asks for the token.
 */
import { createHash, timingSafeEqual } from 'node:crypto';

export class Authentication {
  private readonly expected: Buffer | undefined;

  constructor(token: string | undefined) {
    this.expected = token === undefined ? undefined : digest(token);
  }

  /** @param authorization - the header of the request */
  letsIn(authorization: string | undefined): boolean {
    if (this.expected === undefined) {
      return true;
    }
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
    // Digests have one length, so that the time says nothing of how far the token is right.
    return token !== undefined && timingSafeEqual(digest(token), this.expected);
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
