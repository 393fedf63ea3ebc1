/** The reference page of the REST API, from its OpenAPI document. */
import {
  METHODS,
  type OpenApiDocument,
  type Operation,
  type Parameter,
  referredName,
  type Schema,
} from './openapi.ts';

export function restApiPage({ paths }: OpenApiDocument): string {
  const rows = Object.entries(paths).flatMap(([path, operations]) =>
    METHODS.flatMap((method) => {
      const operation = operations[method];
      return operation === undefined ? [] : [{ path, method, operation }];
    }),
  );
  const tags = [...new Set(rows.map(({ operation }) => tagOf(operation)))].sort();
  const sections = tags.map((tag) => {
    const lines = rows
      .filter(({ operation }) => tagOf(operation) === tag)
      .map(({ path, method, operation }) => row(path, method, operation));
    return `## ${titleOf(tag)}\n\n| | query | body | answer | what |\n|---|---|---|---|---|\n${lines.join('\n')}\n`;
  });
  return `<!-- Generated from the OpenAPI document of packages/server by \`npm run docs\`. Do not edit. -->

# REST API

Every path stands with and without \`/v1\` in front. Bodies are named as in the OpenAPI document (\`GET /openapi.json\`), which has their fields; \`@millrace/rest-client\` exports a type for each. A query parameter in italics may be left out. A refusal is \`{"errors": ["…"]}\`. The guide: [a job over REST](../guide/rest.md).

${sections.join('\n')}`;
}

function row(path: string, method: string, operation: Operation): string {
  const { parameters = [], requestBody, responses, summary = '', description } = operation;
  const success = Object.entries(responses).find(([status]) => status.startsWith('2'));
  const query = parameters.filter((parameter) => parameter.in === 'query').map(parameterText);
  const told = [summary, description].filter((text) => text !== undefined && text !== '');
  const cells = [
    `\`${method.toUpperCase()} ${path}\``,
    query.join('<br>'),
    contentText(requestBody?.content),
    `${success?.[0] ?? ''} ${contentText(success?.[1].content)}`.trim(),
    told.join(' '),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function parameterText({ name, required, description, schema }: Parameter): string {
  const shown = required === true ? `\`${name}\`` : `*\`${name}\`*`;
  const values = schema.enum?.map((value) => `\`${value}\``).join(', ');
  const told = [values, description ?? schema.description].filter((text) => text !== undefined);
  return told.length === 0 ? shown : `${shown}: ${told.join('; ')}`;
}

function contentText(content: Operation['responses'][string]['content']): string {
  const [type, media] = Object.entries(content ?? {})[0] ?? [];
  if (media === undefined) {
    return '';
  }
  return type === 'application/json' ? schemaText(media.schema) : 'text';
}

function schemaText(schema: Schema): string {
  return schema.$ref === undefined ? 'JSON' : `\`${referredName(schema.$ref)}\``;
}

function tagOf({ tags = ['other'] }: Operation): string {
  return tags[0] ?? 'other';
}

function titleOf(tag: string): string {
  return tag.charAt(0).toUpperCase() + tag.slice(1);
}
