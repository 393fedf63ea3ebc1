/** The module of `@millrace/rest-client` with the types of all requests and answers. */
import { METHODS, type OpenApiDocument, type Operation, type Schema } from './openapi.ts';
import { members, propertyName, quoted, schemaType } from './schema-type.ts';

/** `paths` has the shape that openapi-fetch reads. */
export function restApiTypes({ paths, components }: OpenApiDocument): string {
  const schemas = Object.entries(components.schemas).map(([name, schema]) => named(name, schema));
  const routes = Object.entries(paths).map(([path, operations]) => {
    const methods = METHODS.filter((method) => operations[method] !== undefined).map((method) =>
      operationType(method, operations[method]!),
    );
    return `  ${quoted(path)}: {\n${methods.join('\n')}\n  };`;
  });
  return `/**
 * Requests and answers of the REST API, by path and method.
 *
 * Generated from the OpenAPI document of packages/server by \`npm run docs\`. Do not edit.
 */

/** Paths without version and prefix. */
export interface RestPaths {
${routes.join('\n')}
}

${schemas.join('\n\n')}
`;
}

function named(name: string, schema: Schema): string {
  const type = schemaType(schema);
  return type.startsWith('{\n') && type.endsWith('\n}')
    ? `export interface ${name} ${type}`
    : `export type ${name} = ${type};`;
}

function operationType(method: string, operation: Operation): string {
  const { summary, requestBody, responses } = operation;
  const body =
    requestBody === undefined
      ? []
      : [`requestBody${requestBody.required ? '' : '?'}: ${contentType(requestBody)};`];
  const answers = Object.entries(responses).map(
    ([status, response]) => `        ${status}: ${contentType(response)};`,
  );
  const lines = [
    `parameters: ${parametersType(operation)};`,
    ...body,
    `responses: {\n${answers.join('\n')}\n      };`,
  ].map((line) => `      ${line}`);
  const doc = summary === undefined ? '' : `    /** ${summary} */\n`;
  return `${doc}    ${method}: {\n${lines.join('\n')}\n    };`;
}

function contentType({
  content = {},
}: {
  readonly content?: Operation['responses'][string]['content'];
}) {
  const types = Object.entries(content).map(
    ([type, { schema }]) => `${quoted(type)}: ${schemaType(schema, '        ')}`,
  );
  return `{ content: { ${types.join('; ')} } }`;
}

function parametersType({ parameters = [] }: Operation): string {
  const places = (['path', 'query'] as const).flatMap((place) => {
    const inPlace = parameters.filter((parameter) => parameter.in === place);
    const required = inPlace.filter((parameter) => parameter.required).map(({ name }) => name);
    const properties = Object.fromEntries(
      inPlace.map(({ name, schema, description }) => [
        name,
        description === undefined ? schema : { ...schema, description },
      ]),
    );
    const mark = required.length === 0 ? '?' : '';
    return inPlace.length === 0
      ? []
      : [
          `        ${propertyName(place)}${mark}: ${members({ properties, required }, '        ')};`,
        ];
  });
  return places.length === 0 ? '{}' : `{\n${places.join('\n')}\n      }`;
}
