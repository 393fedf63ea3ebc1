/**
 * Where a command writes: results to the standard output, all else to the standard error stream.
 *
 * Invariants:
 * - Colours and borders only where a person looks: on a terminal, or where FORCE_COLOR asks for colours.
 * - `write` waits for a slow reader, so that a long result takes no memory.
 * - A reader that goes away (`| head`) ends the command quietly.
 */
import * as util from 'node:util';

/** The reader of the standard output wants no more. */
export class OutputClosed extends Error {}

/** The standard output takes no more: its disk is full, say. */
export class OutputFailed extends Error {}

export interface TerminalStreams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

const COLUMNS_DEFAULT = 80;

export class Terminal {
  readonly hasColors: boolean;
  /** `--width`: tables as on a terminal that wide. */
  width: number | undefined = undefined;
  private readonly streams: TerminalStreams;
  private failure: OutputClosed | OutputFailed | undefined = undefined;
  private wake: () => void = () => {};

  constructor(streams: TerminalStreams) {
    this.streams = streams;
    this.hasColors = wantsColors(streams.stdout.isTTY === true, streams.env);
    streams.stdout.on('error', (error: NodeJS.ErrnoException) => {
      this.failure ??= failureOf(error);
      this.wake();
    });
    // Nobody is left to tell.
    streams.stderr.on('error', () => {});
  }

  /** Whether results are laid out for people. */
  get isTerminal(): boolean {
    return this.width !== undefined || this.streams.stdout.isTTY === true;
  }

  /** In characters. */
  get columns(): number {
    return this.width ?? (this.streams.stdout.columns || COLUMNS_DEFAULT);
  }

  /** True when a person sees what goes to the standard error stream. */
  get isWatched(): boolean {
    return this.streams.stderr.isTTY === true;
  }

  get errorColumns(): number {
    return this.streams.stderr.columns || COLUMNS_DEFAULT;
  }

  /** @throws OutputClosed, OutputFailed */
  async write(text: string): Promise<void> {
    this.checkOutput();
    if (!this.streams.stdout.write(text)) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        this.streams.stdout.once('drain', resolve);
      });
    }
    this.checkOutput();
  }

  /** Waits until all is written. @throws OutputClosed, OutputFailed */
  async flush(): Promise<void> {
    const { stdout } = this.streams;
    const error = await new Promise<Error | null | undefined>((resolve) => {
      stdout.write('', resolve);
    });
    if (error !== null && error !== undefined) {
      // Of an earlier write, whose own event may be yet to come.
      this.failure ??= failureOf(stdout.errored ?? error);
    }
    this.checkOutput();
  }

  private checkOutput(): void {
    if (this.failure !== undefined) {
      throw this.failure;
    }
  }

  /** One line of text about the result, not part of it. */
  note(text: string): void {
    this.streams.stderr.write(`${text}\n`);
  }

  /** On the standard error stream, as it is. */
  writeError(text: string): void {
    this.streams.stderr.write(text);
  }

  style(style: Style, text: string): string {
    // Node before 20.12 has no styles.
    return this.hasColors && typeof util.styleText === 'function'
      ? util.styleText(style, text, { validateStream: false })
      : text;
  }
}

function failureOf(error: NodeJS.ErrnoException): OutputClosed | OutputFailed {
  return error.code === 'EPIPE'
    ? new OutputClosed()
    : new OutputFailed(error.message, { cause: error });
}

/** https://no-color.org, https://force-color.org */
function wantsColors(isTerminal: boolean, env: TerminalStreams['env']): boolean {
  const { NO_COLOR: no, FORCE_COLOR: force, TERM: term } = env;
  if (force !== undefined && force !== '') {
    return force !== '0' && force !== 'false';
  }
  return isTerminal && (no === undefined || no === '') && term !== 'dumb';
}

/** Text of a snapshot cannot steer the terminal: control characters are shown as escapes. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => {
    const code = character.codePointAt(0) as number;
    return ESCAPES.get(character) ?? `\\x${code.toString(16).padStart(2, '0')}`;
  });
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);
