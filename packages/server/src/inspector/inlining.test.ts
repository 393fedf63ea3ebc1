import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inliningCompilers } from './inlining.ts';

describe('what inlines while nobody samples', () => {
  it('is every compiler that node was not told to inline nothing', () => {
    assert.ok(inliningCompilers(['--enable-source-maps']).includes('turbo'));
    assert.ok(inliningCompilers(['--no-turbo-inlining', '--turbo-inlining']).includes('turbo'));
    for (const flag of ['--no-turbo-inlining', '--no_turbo_inlining', '--noturbo-inlining']) {
      assert.ok(!inliningCompilers([flag]).includes('turbo'), flag);
    }
  });
});
