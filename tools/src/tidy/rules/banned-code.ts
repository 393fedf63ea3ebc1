/** Calls and words that do not belong in the code, each with what to do instead. */

import { importsOf } from '../imports.ts';
import { type Problem, type Rule, type SourceFile, sourcesOf } from '../repository.ts';
import { codeOnly, commentsOnly, lineOf } from '../source-text.ts';

interface Ban {
  readonly pattern: RegExp;
  readonly in: 'code' | 'comments';
  readonly except: RegExp;
  readonly remedy: string;
}

const NOWHERE = /^$/;
// A Clock's own file is named after it, here and in `testing`.
const DOORS_TO_TIME =
  /\bclock\.ts$|^packages\/runtime\/src\/deployment\/|\.(test|bench)\.ts$|^(tools|tests|benchmarks|examples)\//;
const TIME_REMEDY = 'time comes in through the Clock of core/time, so that a seed replays a run';
const TESTS_AND_TOOLS = /\.(test|bench)\.ts$|^(tools|tests|benchmarks|examples)\//;

const BANS: readonly Ban[] = [
  {
    pattern: /\bDate\.now\(|\bnew Date\(\)|\b(set|clear)(Timeout|Interval|Immediate)\(/g,
    in: 'code',
    except: DOORS_TO_TIME,
    remedy: TIME_REMEDY,
  },
  {
    pattern: /\bMath\.random\(/g,
    in: 'code',
    except: /^(tools|benchmarks)\//,
    remedy: 'randomness comes in through the constructor, so that a seed replays a run',
  },
  {
    pattern: /\bconsole\./g,
    in: 'code',
    except: TESTS_AND_TOOLS,
    remedy: 'take where to print as an argument',
  },
  {
    pattern: /\b(it|describe|test|suite)\.only\(|\bonly: true\b/g,
    in: 'code',
    except: NOWHERE,
    remedy: 'the other tests would not run',
  },
  {
    pattern: /\b(it|describe|test|suite)\.(skip|todo)\(|\b(skip|todo): true\b/g,
    in: 'code',
    except: NOWHERE,
    remedy: "give the reason: { skip: 'needs ...' }",
  },
  {
    pattern: /\b(FIXME|XXX|HACK)\b|\bTODO\b(?!\(#\d+\))/g,
    in: 'comments',
    except: NOWHERE,
    remedy: 'name the issue: TODO(#12)',
  },
];

export const bannedCode: Rule = {
  name: 'banned-code',
  check: (repository) =>
    sourcesOf(repository).flatMap((file) => {
      const texts = { code: codeOnly(file.text), comments: commentsOnly(file.text) };
      const bans = BANS.filter(({ except }) => !except.test(file.path));
      return [
        ...bans.flatMap((ban) => violations(file, ban, texts[ban.in])),
        ...timerImports(file),
      ];
    }),
};

function violations(file: SourceFile, ban: Ban, text: string): Problem[] {
  return [...text.matchAll(ban.pattern)].map((match) => ({
    path: file.path,
    line: lineOf(text, match.index),
    message: `${match[0].replace(/\($/, '')} is not allowed here; ${ban.remedy}`,
  }));
}

function timerImports(file: SourceFile): Problem[] {
  return importsOf(file)
    .filter(
      ({ specifier }) => specifier.startsWith('node:timers') && !DOORS_TO_TIME.test(file.path),
    )
    .map(({ line, specifier }) => ({
      path: file.path,
      line,
      message: `${specifier} is not allowed here; ${TIME_REMEDY}`,
    }));
}
