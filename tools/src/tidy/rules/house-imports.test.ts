import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { houseImports } from './house-imports.ts';

function messages(path: string, text: string): string[] {
  return houseImports.check({ files: [{ path, text }] }).map(({ message }) => message);
}

describe('house imports', () => {
  it('allow what the table lists', () => {
    const text = [
      "import { ConfigError } from '@millrace/core';",
      "import { readFileSync } from 'node:fs';",
      "import { JobGraph } from '../graph/job-graph.ts';",
      "import { decide } from './decide.ts';",
    ].join('\n');

    assert.deepEqual(messages('packages/runtime/src/checkpoint/a.ts', text), []);
  });

  it('refuse a package that the table does not list, for types and dynamic imports too', () => {
    const path = 'packages/state/src/backend/a.ts';

    assert.match(
      messages(path, "import type { X } from '@millrace/runtime';")[0]!,
      /may not import/,
    );
    assert.match(
      messages(path, "const x = await import('millrace');")[0]!,
      /may not import millrace/,
    );
    assert.match(messages(path, "export * from '@millrace/runtime/x';")[0]!, /may not import/);
  });

  it('refuse a room that the table does not list, in the line of the import', () => {
    const text = "// One.\nimport {\n  a,\n} from '../jobmanager/a.ts';\n";

    const problems = houseImports.check({
      files: [{ path: 'packages/runtime/src/tasks/a.ts', text }],
    });

    assert.deepEqual(problems, [
      {
        path: 'packages/runtime/src/tasks/a.ts',
        line: 2,
        message: 'the room tasks may not import the room jobmanager; see tools/src/tidy/house.ts',
      },
    ]);
  });

  it('let a test import any room of its package, but no package beyond the table', () => {
    const path = 'packages/runtime/src/tasks/a.test.ts';

    assert.deepEqual(messages(path, "import { a } from '../jobmanager/a.ts';"), []);
    assert.match(messages(path, "import { a } from '@millrace/testing';")[0]!, /may not import/);
  });

  it('refuse a path into another package', () => {
    const text = "import { a } from '../../../core/src/errors/errors.ts';";

    assert.match(messages('packages/state/src/backend/a.ts', text)[0]!, /by its name/);
  });

  it('refuse the index of the own package from inside a room', () => {
    assert.match(
      messages('packages/core/src/config/a.ts', "import { a } from '../index.ts';")[0]!,
      /lies in no room/,
    );
  });

  it('refuse anything but node: in core', () => {
    assert.match(
      messages('packages/core/src/config/a.ts', "import yaml from 'yaml';")[0]!,
      /node:/,
    );
    assert.deepEqual(
      messages('packages/core/src/config/a.test.ts', "import fc from 'fast-check';"),
      [],
    );
  });

  it('refuse a room or a package that is not in the house', () => {
    assert.match(messages('packages/core/src/utils/a.ts', '')[0]!, /the room utils is not/);
    assert.match(messages('packages/attic/src/a.ts', '')[0]!, /in no package/);
  });

  it('see no import in comments and strings', () => {
    const text = "// import { a } from 'yaml';\nexport const s = \"import { a } from 'yaml'\";\n";

    assert.deepEqual(messages('packages/core/src/config/a.ts', text), []);
  });
});
