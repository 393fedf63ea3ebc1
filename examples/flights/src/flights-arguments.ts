/** What the command line of the example asks for, beside `-D key=value`. */
import { type Configuration, parseDynamicProperties } from 'millrace';

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

/** @throws Error that says which argument is wrong */
export function parseFlightsArguments(args: readonly string[]): FlightsArguments {
  const ui = args.includes('--ui');
  return {
    killAt: killAtOf(argumentOf('--kill-at', args)),
    ui,
    flightsPerSecond: rateOf(argumentOf('--rate', args), ui),
    configuration: parseDynamicProperties(args).configuration,
  };
}

/** `--name value` or `--name=value`. */
function argumentOf(name: string, args: readonly string[]): string | undefined {
  const at = args.findIndex((arg) => arg === name || arg.startsWith(`${name}=`));
  if (at < 0) {
    return undefined;
  }
  const arg = args[at] as string;
  return arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : (args[at + 1] ?? '');
}

function killAtOf(text: string | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (match === null || Number(match[1]) > 100) {
    throw new Error(`--kill-at takes a share such as 40%, not '${text}'`);
  }
  return Number(match[1]) / 100;
}

function rateOf(text: string | undefined, ui: boolean): number | undefined {
  if (text === undefined) {
    return ui ? WATCHED_FLIGHTS_PER_SECOND : undefined;
  }
  if (!/^[1-9]\d*$/.test(text)) {
    throw new Error(`--rate takes flights a second such as 10000, not '${text}'`);
  }
  return Number(text);
}
