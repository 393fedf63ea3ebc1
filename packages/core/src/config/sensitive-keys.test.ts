import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shownValue, withoutUrlSecrets } from './sensitive-keys.ts';

describe('a value that is shown', () => {
  it('has no password of a URL, in its authority or its query', () => {
    for (const [text, shown] of [
      ['jdbc:x://u:secret@h', 'jdbc:x://u:******@h'],
      ['redis://:p%40ss:w@h:1/0 http://a:b@c', 'redis://:******@h:1/0 http://a:******@c'],
      ['http://h/?a=1&sslPassword=x&b=2', 'http://h/?a=1&sslPassword=******&b=2'],
      ['http://h:8081/a@b', 'http://h:8081/a@b'],
      ['s3://bucket/x:y@z', 's3://bucket/x:y@z'],
    ] as const) {
      assert.equal(withoutUrlSecrets(text), shown);
    }
    assert.equal(shownValue('table.url', 'x://u:secret@h'), '"x://u:******@h"');
  });
});
