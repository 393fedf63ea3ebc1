/** The project's own rules, run over the repository. `npm run check` ends with it. */
import { fileURLToPath } from 'node:url';
import type { OpenApiDocument } from '../docs/rest-api/openapi.ts';
import { readRestApi } from '../docs/rest-api/read-rest-api.ts';
import { type Problem, type Repository, type Rule, readRepository } from './repository.ts';
import { bannedCode } from './rules/banned-code.ts';
import { changelog } from './rules/changelog.ts';
import { errorCodes } from './rules/error-codes.ts';
import { fileSize } from './rules/file-size.ts';
import { generatedDocs } from './rules/generated-docs.ts';
import { houseImports } from './rules/house-imports.ts';
import { importCycles } from './rules/import-cycles.ts';
import { projectReferences } from './rules/project-references.ts';
import { semanticsPage } from './rules/semantics-page.ts';

const rules = (restApi: OpenApiDocument): readonly Rule[] => [
  houseImports,
  importCycles,
  fileSize,
  bannedCode,
  projectReferences,
  errorCodes,
  generatedDocs(restApi),
  changelog,
  semanticsPage,
];

/** One line for each problem: `path:line rule: message`. */
export function tidyLines(repository: Repository, restApi: OpenApiDocument): string[] {
  return rules(restApi).flatMap((rule) =>
    rule.check(repository).map((problem) => lineFor(rule, problem)),
  );
}

function lineFor(rule: Rule, { path, line, message }: Problem): string {
  return `${path}${line === undefined ? '' : `:${line}`} ${rule.name}: ${message}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const repository = readRepository(fileURLToPath(new URL('../../../', import.meta.url)));
  const lines = tidyLines(repository, await readRestApi());
  process.stdout.write(`${[...lines, `tidy: ${lines.length} problems`].join('\n')}\n`);
  process.exitCode = lines.length === 0 ? 0 : 1;
}
