import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { importCycles } from './import-cycles.ts';

function check(texts: Record<string, string>): string[] {
  const files = Object.entries(texts).map(([name, text]) => ({ path: `p/src/${name}`, text }));
  return importCycles.check({ files }).map(({ message }) => message);
}

describe('import cycles', () => {
  it('are shown with every file on the way', () => {
    const messages = check({
      'a.ts': "import { b } from './b.ts';",
      'b.ts': "export * from './c.ts';",
      'c.ts': "import { a } from './a.ts';",
    });

    assert.deepEqual(messages, [
      'imports itself: p/src/a.ts -> p/src/b.ts -> p/src/c.ts -> p/src/a.ts; ' +
        'move what both need to a third file',
    ]);
  });

  it('are none where two ways lead to one file', () => {
    const messages = check({
      'a.ts': "import './b.ts';\nimport './c.ts';",
      'b.ts': "import './d.ts';",
      'c.ts': "import './d.ts';",
      'd.ts': '',
    });

    assert.deepEqual(messages, []);
  });

  it('do not count imports of types', () => {
    const messages = check({
      'a.ts': "import type { B } from './b.ts';",
      'b.ts': "import { a } from './a.ts';",
    });

    assert.deepEqual(messages, []);
  });
});
