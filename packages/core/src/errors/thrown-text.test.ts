import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError, TaskError } from './errors.ts';
import { thrownText } from './thrown-text.ts';

class OrderError extends Error {}

describe('what is told of something thrown', () => {
  it('is the message alone of a plain error, else with its class', () => {
    assert.equal(thrownText(new Error('no field')), 'no field');
    assert.equal(thrownText(new TypeError('no field')), 'TypeError: no field');
    assert.equal(thrownText(new OrderError('no field')), 'OrderError: no field');
    assert.equal(thrownText(new DOMException('aborted', 'AbortError')), 'AbortError: aborted');
  });

  it('is the code of an error of ours', () => {
    assert.equal(thrownText(new TaskError('SINK_FAILED', 'x')), 'SINK_FAILED: x');
  });

  it('has all causes, with their classes, up to an error of ours, which tells its own', () => {
    const own = new ConfigError('UNSUPPORTED', 'not that', { cause: new Error('told in it') });
    const error = new TypeError('1', { cause: new Error('2', { cause: own }) });

    assert.equal(
      thrownText(error),
      'TypeError: 1; caused by Error: 2; caused by UNSUPPORTED: not that',
    );
  });

  it('ends where causes lead back to what was told', () => {
    const first = new Error('first');
    first.cause = new Error('second', { cause: first });

    assert.equal(thrownText(first), 'first; caused by Error: second');
  });

  it('shows a cause that is no error', () => {
    const status = new Error('refused', { cause: { status: 503 } });

    assert.equal(thrownText(status), 'refused; caused by { status: 503 }');
    assert.equal(thrownText(new Error('alone', { cause: null })), 'alone');
  });

  it('is in one line, without what a terminal would obey', () => {
    const error = new Error('expected:\n\n  \u001b[32m1\u001b[39m\r\nbut:\u20282\n', {
      cause: new Error('a\nb'),
    });

    assert.equal(thrownText(error), 'expected: 1 but: 2; caused by Error: a b');
  });

  it('says that it is no error, which would know its line', () => {
    const told = [undefined, null, 'a "b"\nc', 7, { a: { b: { c: 1 } } }, Object.create(null)].map(
      thrownText,
    );

    assert.deepEqual(
      told,
      [
        'undefined',
        'null',
        `'a "b"\\nc'`,
        '7',
        '{ a: { b: [Object] } }',
        '[Object: null prototype] {}',
      ].map((value) => `${value}, which is no Error: throw one to see its line`),
    );
  });

  it('is what an error without a message is of', () => {
    const refused = new AggregateError([new Error('refused ::1'), 'refused 127.0.0.1'], '');

    assert.equal(thrownText(new Error('')), 'Error without a message');
    assert.equal(thrownText(refused), 'AggregateError: refused ::1; refused 127.0.0.1');
    assert.equal(
      thrownText(new AggregateError([new Error('a')], 'All failed')),
      'AggregateError: All failed; a',
    );
  });
});
