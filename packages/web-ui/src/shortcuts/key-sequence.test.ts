import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeySequence } from './key-sequence.ts';

const KNOWN: ReadonlySet<string> = new Set(['?', 'g j', 'g t', 'j']);

describe('shortcuts', () => {
  it('know one key, and two keys one after the other', () => {
    const keys = new KeySequence();

    assert.equal(keys.press('?', 0, KNOWN), '?');
    assert.equal(keys.press('g', 10, KNOWN), undefined);
    assert.equal(keys.press('j', 20, KNOWN), 'g j');
    assert.equal(keys.press('j', 30, KNOWN), 'j');
  });

  it('forget the first key after a while and after a key that does not go on with it', () => {
    const keys = new KeySequence();

    keys.press('g', 0, KNOWN);
    assert.equal(keys.press('t', 2000, KNOWN), undefined);
    keys.press('g', 3000, KNOWN);
    keys.press('x', 3010, KNOWN);
    assert.equal(keys.press('t', 3020, KNOWN), undefined);
  });

  it('begin a new pair with the key that broke one', () => {
    const keys = new KeySequence();

    keys.press('g', 0, KNOWN);
    keys.press('g', 10, KNOWN);

    assert.equal(keys.press('t', 20, KNOWN), 'g t');
  });
});
