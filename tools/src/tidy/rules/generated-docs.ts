/** Generated pages are what their generators give now. */
import { generatedPages } from '../../docs/generated-pages.ts';
import type { OpenApiDocument } from '../../docs/rest-api/openapi.ts';
import { fileText, type Rule } from '../repository.ts';

export const generatedDocs = (restApi: OpenApiDocument): Rule => ({
  name: 'generated-docs',
  check: (repository) =>
    generatedPages((path) => fileText(repository, path), restApi)
      .filter(({ path, text }) => fileText(repository, path) !== text)
      .map(({ path }) => ({ path, message: 'is out of step with the code; run npm run docs' })),
});
