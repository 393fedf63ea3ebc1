import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withPart } from './results-page.ts';

describe('the page of results', () => {
  it('has the part of a kind at its end when there was none', () => {
    const page = withPart('# Speed\n', 'state', 'first');

    assert.match(
      page,
      /^# Speed\n\n<!-- bench:compare state[^\n]*-->\n\nfirst\n\n<!-- end of state -->\n$/,
    );
  });

  it('has the new part of a kind in place of the old one, and all else as it was', () => {
    const before = withPart(`${withPart('above\n', 'state', 'old')}between\n`, 'memory', 'kept');

    const after = withPart(before, 'state', 'new');

    assert.equal(after, before.replace('old', 'new'));
  });
});
