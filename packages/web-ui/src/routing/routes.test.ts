import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { hrefOf, parseRoute } from './routes.ts';

describe('addresses', () => {
  it('come back as they were made', () => {
    const part = fc.string({ minLength: 1 });
    const query = fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'),
      fc.string({ minLength: 1 }),
    );

    fc.assert(
      fc.property(fc.array(part), query, (parts, values) => {
        const route = parseRoute(hrefOf(parts, values));
        assert.deepEqual(route.parts, parts);
        assert.deepEqual(Object.entries(route.query), Object.entries(values));
      }),
    );
  });

  it('leave out what is empty', () => {
    assert.equal(hrefOf(['jobs'], { name: '', state: undefined }), '#/jobs');
    assert.deepEqual(parseRoute('').parts, []);
  });

  it('take a broken encoding as it stands', () => {
    assert.deepEqual(parseRoute('#/job/%zz').parts, ['job', '%zz']);
  });
});
