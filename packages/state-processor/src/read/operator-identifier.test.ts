import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OperatorIdentifier } from './operator-identifier.ts';

describe('an operator identifier', () => {
  it('of a uid has the hash that Flink gives the uid', () => {
    assert.equal(
      OperatorIdentifier.forUid('src-uid').operatorId,
      '65eb651c08e51afc6b01b9ec8c609cba',
    );
  });

  it('of a hash is that hash in small letters', () => {
    const identifier = OperatorIdentifier.forUidHash('65EB651C08E51AFC6B01B9EC8C609CBA');

    assert.equal(identifier.operatorId, '65eb651c08e51afc6b01b9ec8c609cba');
  });

  it('is refused for what is no hash', () => {
    assert.throws(() => OperatorIdentifier.forUidHash('src-uid'), {
      code: 'CONFIG_VALUE_INVALID',
    });
  });
});
