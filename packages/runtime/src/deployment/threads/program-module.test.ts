import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { resolveProgram } from './program-module.ts';

const THIS = fileURLToPath(import.meta.url);

describe('the module that worker threads import', () => {
  it('is the one that node was given', () => {
    const { file, entryPoint } = resolveProgram(undefined, { argv: ['node', THIS], execArgv: [] });

    assert.equal(file, THIS);
    assert.equal(entryPoint, undefined);
  });

  it('is found without its ending, as node finds it', () => {
    const argv = ['node', THIS.replace(/\.js$/, '')];

    assert.equal(resolveProgram(undefined, { argv, execArgv: [] }).file, THIS);
  });

  it('is the one that the program names, with a function of it and what that is called with', () => {
    const named = { module: import.meta.url, entryPoint: 'run', args: [1] };

    const program = resolveProgram(named, { argv: ['node'], execArgv: [] });

    assert.deepEqual(program, { file: THIS, entryPoint: 'run', args: [1] });
  });

  for (const [what, argv, execArgv] of [
    ['the REPL', ['node'], []],
    ['--eval', ['node', 'argument'], ['--eval', 'run()']],
    ['standard input', ['node', '-'], []],
  ] as const) {
    it(`is not there with ${what}`, () => {
      assert.throws(() => resolveProgram(undefined, { argv, execArgv }), {
        code: 'PROGRAM_MODULE_UNKNOWN',
        message: /put the program into a file and run that with node, or name its module/,
      });
    });
  }

  it('is told when it cannot be found', () => {
    assert.throws(() => resolveProgram({ module: '/nowhere/program.js' }), {
      code: 'PROGRAM_MODULE_UNKNOWN',
      message: /import \/nowhere\/program\.js, and there is no such module/,
    });
  });
});
