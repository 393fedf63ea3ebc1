import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FsStateBackend } from './legacy-state-backends.ts';

describe('FsStateBackend', () => {
  it('is refused without the directory of checkpoints', () => {
    const Untyped = FsStateBackend as unknown as new (directory?: unknown) => unknown;
    const refusal = {
      code: 'CONFIG_VALUE_INVALID',
      message: /give it the directory of checkpoints/,
    };

    assert.throws(() => new Untyped(), refusal);
    assert.throws(() => new Untyped(true), refusal);
  });
});
