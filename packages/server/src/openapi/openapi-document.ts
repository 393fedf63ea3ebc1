/**
 * The OpenAPI document of all routes, from their schemas.
 *
 * Invariants:
 * - A schema with a `title` stands once, under that name, and everywhere else is referred to.
 * - Every route says how it refuses: Flink's error form.
 * - A route whose answer has no schema answers text: logs, metrics for Prometheus.
 */
import swagger from '@fastify/swagger';
import { invariant } from '@millrace/core';
import type { RestApp } from '../http/rest-room.ts';
import { ErrorResponseBody } from '../schema/answers.ts';

type Json = Record<string, unknown>;

const TEXT = { description: 'Text', content: { 'text/plain': { schema: { type: 'string' } } } };

/** Before any route is registered. */
export function describeRoutes(app: RestApp): void {
  void app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Millrace REST API',
        description:
          "Flink 1.20's REST API for the jobs of a process, and what Millrace adds. Every path stands with and without /v1.",
        version: 'v1',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{}, { token: [] }],
    },
    transform: ({ schema, url }) => ({
      url,
      schema: {
        ...schema,
        response: { ...(schema?.response as Json), default: ErrorResponseBody },
      } as never,
    }),
  });
}

export function openApiDocument(app: RestApp): Json {
  const document = app.swagger() as unknown as Json;
  const schemas: Record<string, Json> = {};
  const paths = withReferences(document.paths, schemas) as Record<string, Record<string, Json>>;
  for (const operation of Object.values(paths).flatMap((path) => Object.values(path))) {
    const responses = operation.responses as Json;
    const tellsSuccess = Object.keys(responses).some((status) => status.startsWith('2'));
    operation.responses = tellsSuccess ? responses : { 200: TEXT, ...responses };
  }
  const components = { ...(document.components as Json), schemas: sorted(schemas) };
  return { ...document, paths: sorted(paths), components };
}

function withReferences(node: unknown, schemas: Record<string, Json>): unknown {
  if (Array.isArray(node)) {
    return node.map((item) => withReferences(item, schemas));
  }
  if (typeof node !== 'object' || node === null) {
    return node;
  }
  const copy = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, withReferences(value, schemas)]),
  ) as Json;
  const { title, type } = copy;
  if (typeof title !== 'string' || type === undefined) {
    return copy;
  }
  const reference = { $ref: `#/components/schemas/${title}` };
  if (!Array.isArray(type)) {
    add(schemas, title, copy);
    return reference;
  }
  // Present and perhaps null: the type itself stands once.
  add(schemas, title, { ...copy, type: type.find((name) => name !== 'null') });
  return { anyOf: [reference, { type: 'null' }] };
}

function add(schemas: Record<string, Json>, title: string, schema: Json): void {
  const known = schemas[title];
  invariant(
    known === undefined || JSON.stringify(known) === JSON.stringify(schema),
    `one schema is called ${title}`,
  );
  schemas[title] = schema;
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
