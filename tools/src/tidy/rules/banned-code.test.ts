import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bannedCode } from './banned-code.ts';

const SOURCE = 'packages/runtime/src/tasks/a.ts';

function found(path: string, text: string): string[] {
  return bannedCode
    .check({ files: [{ path, text }] })
    .map(({ line, message }) => `${line} ${message.split(' ', 1)[0]}`);
}

describe('banned code', () => {
  it('is the system clock outside of its door', () => {
    const text = 'const now = Date.now();\nsetTimeout(f, 1);\n';

    assert.deepEqual(found(SOURCE, text), ['1 Date.now', '2 setTimeout']);
    assert.deepEqual(found('packages/core/src/time/clock.ts', text), []);
    assert.deepEqual(found('packages/runtime/src/deployment/local.ts', text), []);
  });

  it('is a module of timers, even under another name', () => {
    const text = "import { setTimeout as sleep } from 'node:timers/promises';";

    assert.deepEqual(found(SOURCE, text), ['1 node:timers/promises']);
    assert.deepEqual(found('tests/src/e2e/a.ts', text), []);
  });

  it('is chance that no seed replays', () => {
    assert.deepEqual(found(SOURCE, 'Math.random()'), ['1 Math.random']);
  });

  it('is printing from a package, not from tools', () => {
    assert.deepEqual(found(SOURCE, "console.log('x')"), ['1 console.']);
    assert.deepEqual(found('tools/src/a.ts', "console.log('x')"), []);
  });

  it('is a test that runs alone, or not at all without a reason', () => {
    const path = 'packages/core/src/config/a.test.ts';
    const text = ["it.only('x', f);", "it.skip('x', f);", "it('x', { skip: true }, f);"].join('\n');

    assert.deepEqual(found(path, text), ['1 it.only', '2 it.skip', '3 skip:']);
    assert.deepEqual(found(path, "it('x', { skip: 'needs a disk' }, f);"), []);
  });

  it('is a note without an issue', () => {
    const note = ['TO', 'DO'].join('');

    assert.deepEqual(found(SOURCE, `// ${note} mend this`), [`1 ${note}`]);
    assert.deepEqual(found(SOURCE, `// ${note}(#12) mend this`), []);
  });

  it('does not count in strings, templates, regular expressions and comments', () => {
    const text = [
      "const a = 'Date.now()';",
      'const b = `Date.now()`;',
      'const c = /"/.test(x) ? 1 : 2; // Date.now()',
      '/* Date.now() */',
    ].join('\n');

    assert.deepEqual(found(SOURCE, text), []);
  });

  it('counts in the code inside a template', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text.
    const text = 'const a = `{ ${`${x}`} }`;\nconst b = `at ${Date.now()} }`;';

    assert.deepEqual(found(SOURCE, text), ['2 Date.now']);
  });
});
