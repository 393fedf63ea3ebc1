import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { schemaType } from './schema-type.ts';

describe('the type of a schema', () => {
  it('has a property a line, quoted where its name needs it, with ? where it may be left out', () => {
    const schema = {
      type: 'object',
      required: ['start-time'],
      properties: {
        'start-time': { type: 'integer', format: 'int64' },
        uid: { type: ['string', 'null'], description: 'As set by uid().' },
      },
    };

    assert.equal(
      schemaType(schema),
      "{\n  'start-time': number;\n  /** As set by uid(). */\n  uid?: string | null;\n}",
    );
  });

  it('is the name of what a reference refers to', () => {
    const schema = { anyOf: [{ $ref: '#/components/schemas/JobResult' }, { type: 'null' }] };

    assert.equal(schemaType(schema), 'JobResult | null');
  });

  it('is one of the texts of an enum, and unknown where anything fits', () => {
    const kinds = { type: ['string', 'null'], enum: ['LIST', "it's", null] };

    assert.equal(schemaType({ type: 'array', items: kinds }), "('LIST' | 'it\\'s' | null)[]");
    assert.equal(schemaType({ type: 'array', items: {} }), 'unknown[]');
  });

  it('is a record where names are free, and of nothing where none are', () => {
    const free = { type: 'object', additionalProperties: { type: 'integer' } };

    assert.equal(schemaType(free), 'Record<string, number>');
    assert.equal(schemaType({ type: 'object' }), 'Record<string, unknown>');
    assert.equal(
      schemaType({ type: 'object', additionalProperties: false }),
      'Record<string, never>',
    );
  });

  it('fails for what it cannot say', () => {
    const keyword = { oneOf: [] } as object;
    const mixed = { type: 'object', properties: { a: {} }, additionalProperties: {} };

    assert.throws(() => schemaType(keyword), /no type is known for the keyword oneOf/);
    assert.throws(() => schemaType({ type: 'date' }), /no type is known for \{"type":"date"\}/);
    assert.throws(() => schemaType(mixed), /no type is known/);
  });
});
