/** Every error code of the table is used somewhere outside it, in code that is not a test. */
import { fileText, isTestOrBench, type Rule, sourcesOf } from '../repository.ts';

const TABLE = 'packages/core/src/errors/error-codes.ts';

export const errorCodes: Rule = {
  name: 'error-codes',
  check: (repository) => {
    const codes = [...(fileText(repository, TABLE) ?? '').matchAll(/^ {2}([A-Z][A-Z0-9_]+):/gm)];
    const users = sourcesOf(repository)
      .filter(({ path }) => path !== TABLE && !isTestOrBench(path))
      .map(({ text }) => text);
    return codes
      .filter(([, code]) => !users.some((text) => text.includes(`'${code}'`)))
      .map(([, code]) => ({ path: TABLE, message: `${code} is thrown nowhere; remove it` }));
  },
};
