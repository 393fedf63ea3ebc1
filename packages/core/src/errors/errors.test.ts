import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeError, encodeError } from './encode-error.ts';
import { ERROR_CODES } from './error-codes.ts';
import {
  ConfigError,
  errorCode,
  errorMessage,
  FatalError,
  invariant,
  TaskError,
} from './errors.ts';

describe('errors', () => {
  it('keep class, code, message, stack and causes through a structured clone', () => {
    const cause = new ConfigError('CONFIG_VALUE_INVALID', 'x is 0; use 1', {
      cause: new Error('io'),
    });
    const error = new TaskError('TASK_FAILED', 'map failed', { cause });

    const copy = decodeError(structuredClone(encodeError(error)));

    assert.ok(copy instanceof TaskError);
    assert.deepEqual(
      [copy.code, copy.reaction, copy.name, copy.message, copy.stack],
      ['TASK_FAILED', 'task', 'TaskError', 'map failed', error.stack],
    );
    assert.equal(errorCode(copy.cause), 'CONFIG_VALUE_INVALID');
    assert.equal(((copy.cause as Error).cause as Error).message, 'io');
  });

  it('keep the name of a foreign error, which has no code', () => {
    const copy = decodeError(JSON.parse(JSON.stringify(encodeError(new RangeError('too far')))));

    assert.equal(copy.name, 'RangeError');
    assert.equal(copy.message, 'too far');
    assert.equal(errorCode(copy), undefined);
  });

  it('encode what is no error, and a chain of causes that leads back to itself', () => {
    const circular = new FatalError('JOB_CANCELED', 'round');
    circular.cause = circular;

    assert.equal(encodeError('thrown text').message, 'thrown text');
    assert.equal(decodeError(encodeError(circular)).message, 'round');
  });

  it('decode a code of a later version as a plain error', () => {
    const encoded = {
      ...encodeError(new Error('new')),
      code: 'FUTURE' as never,
      reaction: 'task' as const,
    };

    assert.equal(errorCode(decodeError(encoded)), undefined);
  });

  it('say what must hold when a promise of ours is broken', () => {
    assert.throws(() => invariant(1 + 1 === 3, 'sums add up'), {
      name: 'InvariantError',
      code: 'INVARIANT_VIOLATED',
      message: 'broken invariant: sums add up',
    });
  });

  it('give a message whatever was thrown', () => {
    const thrown = [new Error('a'), 'b', undefined, { status: 503 }, Object.create(null)];

    assert.deepEqual(thrown.map(errorMessage), [
      ...['a', 'b', 'undefined', '{ status: 503 }', '[Object: null prototype] {}'],
    ]);
  });

  it('have a sentence for each code', () => {
    for (const [code, sentence] of Object.entries(ERROR_CODES)) {
      assert.match(code, /^[A-Z][A-Z0-9_]*$/);
      assert.match(sentence, /^[A-Z].*\.$/, code);
    }
  });
});
