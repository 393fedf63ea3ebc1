/** Every generated page, and the generated module, with its text as it ought to be. */
import { commandLinePage } from './command-line-page.ts';
import { configurationPage } from './configuration-page.ts';
import { errorsPage } from './errors-page.ts';
import { withHouseTable } from './house-table.ts';
import type { OpenApiDocument } from './rest-api/openapi.ts';
import { restApiPage } from './rest-api/rest-api-page.ts';
import { restApiTypes } from './rest-api/rest-api-types.ts';

export interface GeneratedPage {
  readonly path: string;
  readonly text: string;
}

const ARCHITECTURE = 'ARCHITECTURE.md';

/**
 * @param read - the present text of a page that is generated only in part
 * @param restApi - what `restApiDocument` of `@millrace/server` gives
 */
export function generatedPages(
  read: (path: string) => string | undefined,
  restApi: OpenApiDocument,
): GeneratedPage[] {
  const architecture = read(ARCHITECTURE);
  return [
    { path: 'docs/reference/command-line.md', text: commandLinePage() },
    { path: 'docs/reference/configuration.md', text: configurationPage() },
    { path: 'docs/reference/errors.md', text: errorsPage() },
    { path: 'docs/reference/rest-api.md', text: restApiPage(restApi) },
    { path: 'packages/rest-client/src/generated/rest-api.ts', text: restApiTypes(restApi) },
    ...(architecture === undefined
      ? []
      : [{ path: ARCHITECTURE, text: withHouseTable(architecture) }]),
  ];
}
