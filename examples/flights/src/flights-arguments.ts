/** What the command line of the example asks for, beside `-D key=value`. */
import { type Configuration, errorCode, parseDynamicProperties } from 'millrace';

/** With `--ui`: three million flights in five minutes, so that there is something to watch. */
const WATCHED_FLIGHTS_PER_SECOND = 10_000;

export interface FlightsArguments {
  /** Share of event time at which the process kills itself; `undefined` for never. */
  readonly killAt: number | undefined;
  /** Served by REST and web UI, also after the end. */
  readonly ui: boolean;
  /** `undefined` for as fast as they come. */
  readonly flightsPerSecond: number | undefined;
  readonly configuration: Configuration;
}

/** What is told of an argument that is none. */
const USAGE = `usage: npm start -- [--ui] [--rate N] [--kill-at P%] [-D key=value]...
  --ui             serve REST and web UI, and stay until Ctrl-C; ${WATCHED_FLIGHTS_PER_SECOND.toLocaleString('en')} flights a second
  --rate N         so many flights a second
  --kill-at P%     kill the process at this share of event time; the next start goes on
  -D key=value     a setting
`;
const USAGE_EXIT_CODE = 2;

const FLAGS: readonly string[] = ['--ui', '--help', '-h'];
const WITH_VALUE: readonly string[] = ['--rate', '--kill-at'];

/** The command line is wrong. */
class UsageError extends Error {}

/** Ends the process where the arguments ask for the usage, or are wrong: with exit code 2. */
export function flightsArguments(args: readonly string[]): FlightsArguments {
  try {
    return parse(args);
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined && !(error instanceof UsageError)) {
      throw error;
    }
    const { message } = error as Error;
    process.stderr.write(`flights: ${code === undefined ? '' : `${code}: `}${message}\n${USAGE}`);
    process.exit(USAGE_EXIT_CODE);
  }
}

function parse(args: readonly string[]): FlightsArguments {
  const { configuration, rest } = parseDynamicProperties(args);
  const given = readOptions(rest);
  if (given.has('--help') || given.has('-h')) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  const ui = given.has('--ui');
  return {
    killAt: killAtOf(given.get('--kill-at')),
    ui,
    flightsPerSecond: rateOf(given.get('--rate'), ui),
    configuration,
  };
}

/** `--name value` and `--name=value`, by name; a flag has the value ''. */
function readOptions(args: readonly string[]): Map<string, string> {
  const given = new Map<string, string>();
  for (let at = 0; at < args.length; at += 1) {
    const [name, ...value] = (args[at] as string).split('=') as [string, ...string[]];
    if (WITH_VALUE.includes(name)) {
      at += value.length === 0 ? 1 : 0;
      given.set(name, value.length === 0 ? (args[at] ?? '') : value.join('='));
    } else if (FLAGS.includes(name) && value.length === 0) {
      given.set(name, '');
    } else {
      throw new UsageError(`unknown argument '${args[at]}'`);
    }
  }
  return given;
}

function killAtOf(text: string | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (match === null || Number(match[1]) > 100) {
    throw new UsageError(`--kill-at takes a share such as 40%, not '${text}'`);
  }
  return Number(match[1]) / 100;
}

function rateOf(text: string | undefined, ui: boolean): number | undefined {
  if (text === undefined) {
    return ui ? WATCHED_FLIGHTS_PER_SECOND : undefined;
  }
  if (!/^[1-9]\d*$/.test(text)) {
    throw new UsageError(`--rate takes flights a second such as 10000, not '${text}'`);
  }
  return Number(text);
}
