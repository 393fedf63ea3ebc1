/** A source file has 500 lines at most. Functions are measured by Biome (70 lines). */
import { type Rule, sourcesOf } from '../repository.ts';

const LINES_MAX = 500;

export const fileSize: Rule = {
  name: 'file-size',
  check: (repository) =>
    sourcesOf(repository).flatMap(({ path, text }) => {
      const lines = text.replace(/\n$/, '').split('\n').length;
      const message = `has ${lines} lines, more than ${LINES_MAX}; part it by concept`;
      return lines > LINES_MAX ? [{ path, message }] : [];
    }),
};
