/**
 * A source file has 500 lines at most; a generated one as many as it takes. Functions are measured by
 * Biome (70 lines).
 */
import { type Rule, sourcesOf } from '../repository.ts';

const LINES_MAX = 500;
/** Compared with what its generator gives by the rule `generated-docs`. */
const GENERATED = /\/src\/generated\//;

export const fileSize: Rule = {
  name: 'file-size',
  check: (repository) =>
    sourcesOf(repository).flatMap(({ path, text }) => {
      if (GENERATED.test(path)) {
        return [];
      }
      const lines = text.replace(/\n$/, '').split('\n').length;
      const message = `has ${lines} lines, more than ${LINES_MAX}; part it by concept`;
      return lines > LINES_MAX ? [{ path, message }] : [];
    }),
};
