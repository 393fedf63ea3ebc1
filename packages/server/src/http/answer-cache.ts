/**
 * Answers that are given again as the bytes that they were, so that many who ask for the same within a
 * moment cost the REST thread little more than their requests.
 *
 * Invariants:
 * - An answer is given until it is `ANSWER_AGE_MS_MAX` old, or `web.refresh-interval` where that is less.
 *   Times in it are those of when it was made.
 * - What was asked for before a request that may have changed something was answered is given to nobody
 *   after it.
 * - Only what went well is kept, of `BYTES_MAX` at most. Who may ask is judged before, each time.
 */
import { type Clock, type Configuration, WebOptions } from '@millrace/core';
import type { RestApp } from './rest-room.ts';
import { mayChange } from './web-page-guard.ts';

/** Seen by nobody: web UIs ask every 3 s. */
export const ANSWER_AGE_MS_MAX = 50;
const BYTES_MAX = 4 * 1024 * 1024;

interface Answer {
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly madeAt: number;
}

export class AnswerCache {
  private readonly clock: Pick<Clock, 'now'>;
  private readonly maxAgeMs: number;
  /** By path and query. */
  private readonly answers = new Map<string, Answer>();
  private sizeBytes = 0;
  /** How many requests may have changed something. */
  private changes = 0;

  /** @param app - all of it: what changes something is noticed wherever it comes */
  constructor(app: RestApp, configuration: Configuration, clock: Pick<Clock, 'now'>) {
    this.clock = clock;
    this.maxAgeMs = Math.min(ANSWER_AGE_MS_MAX, configuration.get(WebOptions.REFRESH_INTERVAL));
    app.decorateRequest('askedAfterChanges', 0);
    app.addHook('onSend', (request, _reply, payload, done) => {
      if (mayChange(request.method, request.routeOptions.url)) {
        this.forget();
      }
      done(null, payload);
    });
  }

  /** For the routes that this part of the app has, after what judges who may ask. */
  serve(part: RestApp): void {
    part.addHook('onRequest', (request, reply, done) => {
      const answer = request.method === 'GET' ? this.answerTo(request.url) : undefined;
      if (answer === undefined) {
        request.askedAfterChanges = this.changes;
        done();
      } else {
        reply.header('content-type', answer.contentType).send(answer.bytes);
      }
    });
    part.addHook('onSend', (request, reply, payload, done) => {
      const isKept =
        request.method === 'GET' &&
        reply.statusCode === 200 &&
        typeof payload === 'string' &&
        request.askedAfterChanges === this.changes;
      if (isKept) {
        const contentType = String(reply.getHeader('content-type'));
        const answer = { bytes: Buffer.from(payload), contentType, madeAt: this.clock.now() };
        this.keep(request.url, answer);
        done(null, answer.bytes);
      } else {
        done(null, payload);
      }
    });
  }

  private answerTo(url: string): Answer | undefined {
    const answer = this.answers.get(url);
    const isNew = answer !== undefined && this.clock.now() - answer.madeAt < this.maxAgeMs;
    return isNew ? answer : undefined;
  }

  private keep(url: string, answer: Answer): void {
    const before = this.answers.get(url);
    this.sizeBytes += before === undefined ? url.length : -before.bytes.length;
    this.sizeBytes += answer.bytes.length;
    this.answers.set(url, answer);
    if (this.sizeBytes > BYTES_MAX) {
      this.clear(); // All would be too old in a moment.
    }
  }

  private forget(): void {
    this.changes++;
    this.clear();
  }

  private clear(): void {
    this.answers.clear();
    this.sizeBytes = 0;
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    /** How many requests may have changed something when it came. */
    askedAfterChanges: number;
  }
}
