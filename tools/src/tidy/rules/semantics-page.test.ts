import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { semanticsPage } from './semantics-page.ts';

const TITLE_OF_EACH = '`are $' + '{kind}`';
const TESTS = {
  path: 'packages/core/src/time/watermarks.test.ts',
  text:
    "it('never go back', () => {});\n" +
    'it(\n  "have a user\'s say", () => {});\n' +
    `for (const kind of KINDS) {\n  it(${TITLE_OF_EACH}, () => {});\n}\n` +
    "const title = 'in no test';\n",
};
const HEAD = '# Semantics\n\n| rule | test |\n|---|---|\n';
const FILES = `\n[watermarks]: ../../${TESTS.path}\n`;
const ROW = '| W | [watermarks] › `never go back` |\n';

function problems(lines: string, files = FILES): string[] {
  const page = { path: 'docs/reference/semantics.md', text: `${HEAD}${lines}${files}` };
  return semanticsPage
    .check({ files: [page, TESTS] })
    .map(({ line, message }) => (line === undefined ? message : `${line}: ${message}`));
}

describe('the semantics page', () => {
  it('may name several titles of several files for a rule', () => {
    const found = problems(
      "| all | [watermarks] › `never go back`, `have a user's say` |\n" +
        `| of \`a\`, [a, b] | [watermarks] › \`never go back\`; [again] › ${TITLE_OF_EACH} |\n`,
      `${FILES}[again]: ../../${TESTS.path}\n`,
    );

    assert.deepEqual(found, []);
  });

  it('is reported when it names a title that is no test of the file', () => {
    const found = problems(
      '| W | [watermarks] › `never go back`, `never go`, `in no test`; [none] › `never go back` |\n' +
        '| X | `never go back` |\n',
    );

    assert.deepEqual(found, [
      '5: [watermarks] has no test "never go"',
      '5: [watermarks] has no test "in no test"',
      '5: [none] has no test "never go back"',
      '6: [] has no test "never go back"',
    ]);
  });

  it('is reported when a point of a list names a title or a source that is not there', () => {
    const found = problems(
      `${ROW}\n- \`a: b\` as \`watermarks.test.ts\` says: [watermarks] › \`never go\`\n` +
        '- Unlike Flink (`gone.ts`)\n',
    );

    assert.deepEqual(found, [
      '7: [watermarks] has no test "never go"',
      '8: gone.ts does not exist',
    ]);
  });

  it('is reported when a file is gone', () => {
    const found = problems('| W | [gone] › `stay` |\n', '\n[gone]: ../../gone.test.ts\n');

    assert.deepEqual(found, ['5: [gone] has no test "stay"', 'gone.test.ts does not exist']);
  });

  it('is reported when a rule names no test, and when nothing uses a file', () => {
    const found = problems(
      '| W | [watermarks] |\n| X | some day |\n',
      `${FILES}[idle]: ../../${TESTS.path}\n`,
    );

    assert.deepEqual(found, [
      '5: "W" names no test; write [file] › and the title as code',
      '6: "X" names no test; write [file] › and the title as code',
      'nothing uses [idle]; remove it',
    ]);
  });

  it('must be there and have rules', () => {
    assert.equal(semanticsPage.check({ files: [] })[0]!.message, 'is missing');
    assert.deepEqual(problems('', ''), ['has no rules']);
  });
});
