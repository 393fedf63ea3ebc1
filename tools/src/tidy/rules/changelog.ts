/** The changelog has one section a version, newest first, each with the same three parts. */
import { fileText, type Problem, type Rule } from '../repository.ts';

const PATH = 'CHANGELOG.md';
const PARTS: readonly string[] = ['Safety and speed', 'Features', 'Internals'];
const VERSION = /^(Unreleased|\d+\.\d+\.\d+ \(\d{4}-\d{2}-\d{2}\))$/;

export const changelog: Rule = {
  name: 'changelog',
  check: (repository) => {
    const text = fileText(repository, PATH);
    if (text === undefined) {
      return [{ path: PATH, message: 'is missing' }];
    }
    const sections = text.split(/^## /m).slice(1);
    const first: Problem[] = sections[0]?.startsWith('Unreleased\n')
      ? []
      : [{ path: PATH, message: 'begins with the section Unreleased' }];
    return [...first, ...sections.flatMap(checkSection)];
  },
};

function checkSection(section: string): Problem[] {
  const title = section.split('\n', 1)[0]!;
  const parts = [...section.matchAll(/^### (.*)$/gm)].map(([, part]) => part!);
  const known = PARTS.filter((part) => parts.includes(part));
  const problems: Problem[] = [];
  if (!VERSION.test(title)) {
    problems.push({ path: PATH, message: `the title "${title}" is not "1.2.3 (2026-01-31)"` });
  }
  if (parts.join() !== known.join()) {
    const message = `"${title}" has the parts ${parts.join(', ')}; use ${PARTS.join(', ')}, in order`;
    problems.push({ path: PATH, message });
  }
  return problems;
}
