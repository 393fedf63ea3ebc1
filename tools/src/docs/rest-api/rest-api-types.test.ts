import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OpenApiDocument } from './openapi.ts';
import { restApiPage } from './rest-api-page.ts';
import { restApiTypes } from './rest-api-types.ts';

const answer = { 'application/json': { schema: { $ref: '#/components/schemas/Status' } } };
const document: OpenApiDocument = {
  paths: {
    '/jobs/{jobid}/status': {
      get: {
        operationId: 'getStatus',
        summary: 'How a job is.',
        tags: ['jobs'],
        parameters: [
          {
            name: 'source',
            in: 'query',
            schema: { type: 'string', description: 'live, or an id' },
          },
          { name: 'jobid', in: 'path', required: true, schema: { type: 'string' } },
        ],
        responses: { 200: { content: answer }, default: { content: answer } },
      },
    },
  },
  components: {
    schemas: {
      Status: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
      Text: { type: 'string' },
    },
  },
};

describe('the generated types of the REST API', () => {
  it('have the parameters and answers of each path and method, and every named schema', () => {
    const text = restApiTypes(document);

    assert.ok(text.includes("  '/jobs/{jobid}/status': {\n    /** How a job is. */\n    get: {\n"));
    assert.ok(text.includes('        path: {\n          jobid: string;\n        };\n'));
    assert.ok(
      text.includes(
        '        query?: {\n          /** live, or an id */\n          source?: string;\n        };\n',
      ),
    );
    assert.ok(text.includes("        200: { content: { 'application/json': Status } };\n"));
    assert.ok(
      text.includes('export interface Status {\n  id: string;\n}\n\nexport type Text = string;'),
    );
  });
});

describe('the page of the REST API', () => {
  it('has a row for each call, with what may be left out in italics', () => {
    assert.ok(
      restApiPage(document).includes(
        '## Jobs\n\n| | query | body | answer | what |\n|---|---|---|---|---|\n' +
          '| `GET /jobs/{jobid}/status` | *`source`*: live, or an id |  | 200 `Status` | How a job is. |\n',
      ),
    );
  });
});
