/** Runs one command line to its exit code. */
import { type Command, CommanderError } from 'commander';
import type { CommandContext } from './command-context.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { withOurSpellings } from './flink-spellings.ts';
import { createProgram, type Run } from './program.ts';
import { OutputClosed, Terminal, type TerminalStreams } from './terminal/terminal.ts';
import { UsageError } from './usage-error.ts';

/** What asks the command to stop, once it has cleaned up. */
export type StopSignal = 'SIGINT' | 'SIGTERM';

const EXIT_CODE_OF = {
  SIGINT: EXIT_CODES.INTERRUPTED,
  SIGTERM: EXIT_CODES.TERMINATED,
} as const;

class Interrupted extends Error {
  readonly exitCode: number;

  constructor(signal: StopSignal) {
    super(signal);
    this.exitCode = EXIT_CODE_OF[signal];
  }
}

export interface Process extends TerminalStreams {
  /** Calls back at Ctrl-C and SIGTERM. @returns what ends that */
  onInterrupt(callback: (signal: StopSignal) => void): () => void;
}

/** @param args - after the name of the program */
export async function runMillrace(args: readonly string[], process: Process): Promise<number> {
  const terminal = new Terminal(process);
  const controller = new AbortController();
  const withStack = args.includes('--stack') || !!process.env.MILLRACE_STACK;
  const forget = process.onInterrupt((stop) => controller.abort(new Interrupted(stop)));
  try {
    const run = parse(args, terminal);
    const exitCode =
      typeof run === 'number'
        ? run
        : await run({ terminal, signal: controller.signal } satisfies CommandContext);
    await terminal.flush();
    return exitCode;
  } catch (error) {
    const { reason } = controller.signal;
    if (reason instanceof Interrupted) {
      return reason.exitCode;
    }
    if (error instanceof OutputClosed) {
      return EXIT_CODES.OK;
    }
    const { reportError } = await import('./report-error.ts');
    reportError(terminal, error, withStack);
    return error instanceof UsageError ? EXIT_CODES.USAGE : EXIT_CODES.ERROR;
  } finally {
    forget();
  }
}

/** What to run; an exit code where help or the version was asked for, or the line is wrong. */
function parse(args: readonly string[], terminal: Terminal): Run | number {
  let wanted: Run | undefined;
  const program = createProgram((run) => {
    wanted = run;
  });
  const meant = helpAsOption(args, program);
  prepare(program, terminal, (text) =>
    meaningBehind(meaningSnapshot(text, meant, program), meant, program),
  );
  program.hook('preAction', (_program, command) => {
    terminal.width = command.opts<{ width?: number }>().width;
  });
  try {
    program.parse(withOurSpellings(meant), { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 ? EXIT_CODES.OK : EXIT_CODES.USAGE;
    }
    throw error;
  }
  return wanted ?? EXIT_CODES.USAGE;
}

/** `help list` is `list --help`, and `snapshot help ls` is `snapshot ls --help`. */
function helpAsOption(args: readonly string[], program: Command): readonly string[] {
  const at = args.indexOf('help');
  const words = [...args.slice(0, at), ...args.slice(at + 1)];
  const before = commandsAt(args.slice(0, Math.max(0, at)), program);
  if (at < 0 || before.length < at || (before.at(-1) ?? program).commands.length === 0) {
    return args;
  }
  const named = commandsAt(words, program);
  return named.length === 0 && words.length > 0
    ? words // It is told that there is no such command.
    : [...words.slice(0, named.length), '--help'];
}

/** The commands that the first words name, each one of the one before. */
function commandsAt(words: readonly string[], program: Command): Command[] {
  const found: Command[] = [];
  for (const word of words) {
    const next = (found.at(-1) ?? program).commands.find((each) => each.name() === word);
    if (next === undefined) {
      break;
    }
    found.push(next);
  }
  return found;
}

/**
 * What is said where `snapshot` was left out: with a snapshot behind it `ls` is that of snapshots,
 * alone it may be `list` as well.
 */
function meaningSnapshot(text: string, args: readonly string[], program: Command): string {
  const [first = '', ...rest] = args;
  const unknown = `error: unknown command '${first}'`;
  const snapshot = program.commands.find((each) => each.name() === 'snapshot');
  const isOne = snapshot?.commands.some((each) => each.name() === first) === true;
  if (!isOne || !text.startsWith(unknown)) {
    return text;
  }
  const [, similar] = /\(Did you mean (\w+)\?\)/.exec(text) ?? [];
  return similar === undefined || rest.some((each) => !each.startsWith('-'))
    ? `${unknown}\n(Did you mean millrace snapshot ${first}?)\n`
    : `${unknown}\n(Did you mean ${similar}, or snapshot ${first}?)\n`;
}

/** What is said of an option that stands before its command: where it belongs. */
function meaningBehind(text: string, args: readonly string[], program: Command): string {
  const [, option] = /^error: unknown option '(-[^'=]+)/.exec(text) ?? [];
  const before = commandsAt(args, program);
  const next = new Set((before.at(-1) ?? program).commands.map((each) => each.name()));
  const rest = args.slice(before.length);
  const at = rest.findIndex((word) => next.has(word));
  if (option === undefined || at < 1) {
    return text;
  }
  const named = commandsAt([...args.slice(0, before.length), ...rest.slice(at)], program);
  if (!named.at(-1)?.options.some(({ short, long }) => short === option || long === option)) {
    return text;
  }
  const behind = [...rest.slice(0, at), ...rest.slice(at + named.length - before.length)];
  const line = ['millrace', ...named.map((each) => each.name()), ...behind].join(' ');
  return `error: unknown option '${option}' before the command\n(Did you mean ${line}?)\n`;
}

/** What is not known, and resembles nothing, is told with where to look. */
function withHelp(text: string, command: Command): string {
  if (!/^error: unknown (command|option) /.test(text) || text.includes('(Did you mean')) {
    return text;
  }
  const names: string[] = [];
  for (let at: Command | null = command; at !== null; at = at.parent) {
    names.unshift(at.name());
  }
  return `${text.trimEnd()}\n(${names.join(' ')} --help shows what there is.)\n`;
}

function prepare(command: Command, terminal: Terminal, worded: (text: string) => string): void {
  command.exitOverride();
  command.configureOutput({
    // Help is written at once and ends the command, so nobody waits for it.
    writeOut: (text) => void terminal.write(text).catch(() => {}),
    writeErr: (text) => terminal.writeError(text),
    getOutHelpWidth: () => terminal.columns,
    getErrHelpWidth: () => terminal.errorColumns,
    getOutHasColors: () => terminal.hasColors,
    outputError: (text, write) =>
      write(terminal.style('red', withHelp(worded(text), command).replace(/^error:/, 'millrace:'))),
  });
  for (const each of command.commands) {
    prepare(each, terminal, worded);
  }
}
