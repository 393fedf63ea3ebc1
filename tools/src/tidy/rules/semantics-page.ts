/**
 * Each rule of the semantics page has a test, by file and title, and all that the page names exists.
 *
 * A row of its tables is `| rule | [file] › title, title; [file] › title |` with the titles as code
 * and `[file]: ../../path` below. A title is the text of an `it`, as it stands in the file: one that
 * a template builds keeps its `${...}`. Points of lists name tests the same way, and by `name.ts` the
 * file whose docstring says more.
 */
import { fileText, type Problem, type Repository, type Rule } from '../repository.ts';

const PATH = 'docs/reference/semantics.md';
const FILE = /^\[([^\]]+)\]: \.\.\/\.\.\/(\S+)$/gm;
const ROW = /^\|(?! rule \||---)/;
const TITLE = /\bit\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g;
/** `[file]` or `title`. */
const MENTION = /\[([^\]]+)\]|`([^`]+)`/g;
const SOURCE = /`([a-z0-9-]+\.ts)`/g;

interface Mention {
  readonly file: string | undefined;
  readonly title: string | undefined;
}

type Titles = ReadonlyMap<string, ReadonlySet<string>>;

export const semanticsPage: Rule = {
  name: 'semantics-page',
  check: (repository) => {
    const text = fileText(repository, PATH);
    if (text === undefined) {
      return [{ path: PATH, message: 'is missing' }];
    }
    const files = new Map([...text.matchAll(FILE)].map(([, name, path]) => [name!, path!]));
    const titles = titlesOf(repository, files);
    const sources = new Set(repository.files.map(({ path }) => path.split('/').at(-1)!));
    const lines = text.split('\n');
    return [
      ...(lines.some((line) => ROW.test(line)) ? [] : [{ path: PATH, message: 'has no rules' }]),
      ...lines.flatMap((line, index) =>
        [...checkTests(line, titles), ...checkSources(line, sources)].map((message) => {
          return { path: PATH, line: index + 1, message };
        }),
      ),
      ...checkFiles(files, titles, new Set(lines.flatMap(mentionsOf).map(({ file }) => file))),
    ];
  },
};

/** The titles of each file that the page names and that exists. */
function titlesOf(repository: Repository, files: ReadonlyMap<string, string>): Titles {
  const titles = new Map<string, Set<string>>();
  for (const [name, path] of files) {
    const text = fileText(repository, path);
    if (text !== undefined) {
      titles.set(name, new Set([...text.matchAll(TITLE)].map(([, , title]) => title!)));
    }
  }
  return titles;
}

/** Each `[file]` and each title with the file before it; of a line that names none, nothing. */
function mentionsOf(line: string): Mention[] {
  const start = ROW.test(line)
    ? line.lastIndexOf(' | ', line.length - 2)
    : line.search(/\[\S+\] › /);
  if (start < 0 || !/^[|-] /.test(line)) {
    return [];
  }
  let file: string | undefined;
  return [...line.slice(start).matchAll(MENTION)].map(([, named, title]) => {
    file = named ?? file;
    return { file, title };
  });
}

function checkTests(line: string, titles: Titles): string[] {
  const tests = mentionsOf(line).filter(({ title }) => title !== undefined);
  const rule = line.slice(2).split(' | ', 1)[0]!;
  if (ROW.test(line) && tests.length === 0) {
    return [`"${rule}" names no test; write [file] › and the title as code`];
  }
  return tests
    .filter(({ file, title }) => !(file !== undefined && titles.get(file)?.has(title!)))
    .map(({ file, title }) => `[${file ?? ''}] has no test "${title}"`);
}

function checkSources(line: string, sources: ReadonlySet<string>): string[] {
  return [...line.matchAll(SOURCE)]
    .filter(([, name]) => !sources.has(name!))
    .map(([, name]) => `${name} does not exist`);
}

function checkFiles(
  files: ReadonlyMap<string, string>,
  titles: Titles,
  used: ReadonlySet<string | undefined>,
): Problem[] {
  return [...files].flatMap(([name, path]) => [
    ...(titles.has(name) ? [] : [{ path: PATH, message: `${path} does not exist` }]),
    ...(used.has(name) ? [] : [{ path: PATH, message: `nothing uses [${name}]; remove it` }]),
  ]);
}
