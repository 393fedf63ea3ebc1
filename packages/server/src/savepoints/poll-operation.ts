/** The route that tells how far a triggered operation is. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RestError } from '../http/rest-error.ts';
import type { RestContext } from '../http/rest-room.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The answer tells the end of an operation. */
    operationRead?: { readonly scope: string; readonly triggerId: string };
  }
}

/** @throws RestError 404 for what was never triggered, or too long ago */
export function pollOperation<R, A, F>(
  { operations }: RestContext,
  request: FastifyRequest,
  asked: {
    readonly scope: string;
    readonly triggerId: string;
    readonly notFound: string;
    done(result: R): A;
    failed(error: unknown): F;
  },
): { status: { id: 'IN_PROGRESS' | 'COMPLETED' }; operation: A | F | null } {
  const { scope, triggerId } = asked;
  const state = operations.state<R>(scope, triggerId);
  if (state === undefined) {
    throw RestError.refused(404, asked.notFound);
  }
  if (state.kind === 'in-progress') {
    return { status: { id: 'IN_PROGRESS' }, operation: null };
  }
  request.operationRead = { scope, triggerId };
  const operation = state.kind === 'done' ? asked.done(state.result) : asked.failed(state.error);
  return { status: { id: 'COMPLETED' }, operation };
}

/** For `onResponse` of such a route: only what is out was read. */
export function operationWasRead({ operations }: RestContext) {
  return (request: FastifyRequest, _reply: FastifyReply, done: () => void): void => {
    if (request.operationRead !== undefined) {
      operations.wasRead(request.operationRead.scope, request.operationRead.triggerId);
    }
    done();
  };
}
