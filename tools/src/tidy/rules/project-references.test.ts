import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { projectReferences } from './project-references.ts';

function check(options: {
  dependencies: object;
  devDependencies?: object;
  references: string[];
  root: string[];
}): string[] {
  const references = (paths: string[]): string =>
    JSON.stringify({ references: paths.map((path) => ({ path })) });
  const files = [
    {
      path: 'packages/state/package.json',
      text: JSON.stringify({
        dependencies: options.dependencies,
        devDependencies: options.devDependencies,
      }),
    },
    { path: 'packages/state/tsconfig.json', text: references(options.references) },
    { path: 'tsconfig.json', text: references(options.root) },
  ];
  return projectReferences.check({ files }).map(({ path, message }) => `${path} ${message}`);
}

describe('project references', () => {
  it('may equal the dependencies', () => {
    const dependencies = { '@millrace/core': '0.1.0', yaml: '2' };

    assert.deepEqual(
      check({ dependencies, references: ['../core'], root: ['packages/state'] }),
      [],
    );
  });

  it('may be of what is bundled', () => {
    const devDependencies = { '@millrace/core': '0.1.0' };

    assert.deepEqual(
      check({
        dependencies: {},
        devDependencies,
        references: ['../core'],
        root: ['packages/state'],
      }),
      [],
    );
  });

  it('are reported when one is missing or too many', () => {
    const dependencies = { '@millrace/core': '0.1.0' };

    assert.deepEqual(check({ dependencies, references: ['../runtime'], root: [] }), [
      'packages/state/tsconfig.json lacks a reference to packages/core, which packages/state/package.json names',
      'packages/state/tsconfig.json references packages/runtime, which packages/state/package.json does not name',
      'tsconfig.json lacks a reference to packages/state, which the house names',
    ]);
  });
});
