/**
 * What the State Processor API reads, and what it should: a line of JSON for each key, for each
 * window of a key, and for each item of an operator state.
 */
import { canonical, type Operators, unordered } from './same-content.ts';

/** By uid, or by the name of an operator state. */
export type Lines = Readonly<Record<string, readonly string[]>>;

interface KeyLine {
  readonly key: unknown;
  readonly values: Record<string, unknown>;
  readonly event: number[];
  readonly processing: number[];
}

interface Entry {
  readonly key: unknown;
  readonly namespace?: unknown;
  readonly value: unknown;
}

interface TimerEntry {
  readonly key: unknown;
  readonly namespace?: unknown;
  readonly timestamp: number;
}

const KEYED = ['by-string', 'by-long', 'by-tuple', 'by-pojo', 'null-map'];
const WINDOWED = ['win-agg', 'win-process'];

/** Lines as read, maps in one order, absent values left out. */
export function linesRead(read: Readonly<Record<string, unknown>>): Lines {
  return Object.fromEntries(
    Object.entries(read).map(([name, lines]) => {
      const isKeyed = KEYED.includes(name);
      return [name, unordered((lines as unknown[]).map((x) => (isKeyed ? keyLine(x) : x)))];
    }),
  );
}

function keyLine(line: unknown): unknown {
  const { values, ...rest } = line as KeyLine;
  const present = Object.entries(values).filter(([, value]) => value !== null);
  const sorted = present.map(([name, value]) => [name, inOrder(name, value)]);
  return { ...rest, values: Object.fromEntries(sorted) };
}

function inOrder(name: string, value: unknown): unknown {
  return name.startsWith('m-') ? unordered(value as unknown[]) : value;
}

/** The lines that Flink should read from a checkpoint with this content. */
export function linesExpected(operators: Operators): Lines {
  const lines: Record<string, string[]> = {};
  for (const uid of KEYED) {
    lines[uid] = unordered(keyLines(operators, uid));
  }
  for (const uid of WINDOWED) {
    lines[uid] = unordered(paneLines(operators, uid));
  }
  for (const name of ['even-list', 'union-list']) {
    const { perSubtask = {} } = operators['op-state']?.operatorStates?.[name] ?? {};
    lines[name] = unordered(Object.values(perSubtask).flat());
  }
  return lines;
}

function keyLines(operators: Operators, uid: string): KeyLine[] {
  const byKey = new Map<string, KeyLine>();
  const lineOf = (key: unknown): KeyLine => {
    const line = byKey.get(canonical(key)) ?? { key, values: {}, event: [], processing: [] };
    byKey.set(canonical(key), line);
    return line;
  };
  const operator = operators[uid];
  for (const [name, state] of Object.entries(operator?.keyedStates ?? {})) {
    for (const { key, value } of state.entries as Entry[]) {
      // An aggregating state gives its result.
      lineOf(key).values[name] = state.kind === 'AGGREGATING' ? mean(value) : inOrder(name, value);
    }
  }
  for (const domain of ['event', 'processing'] as const) {
    for (const { key, timestamp } of (operator?.timers?.[domain] ?? []) as TimerEntry[]) {
      lineOf(key)[domain].push(timestamp);
    }
  }
  for (const line of byKey.values()) {
    line.event.sort((a, b) => a - b);
    line.processing.sort((a, b) => a - b);
  }
  return [...byKey.values()];
}

function mean(accumulator: unknown): number {
  const [sum, count] = accumulator as [number, number];
  return sum / count;
}

/** The API gives each pane the timers of its key, whichever window they are of. */
function paneLines(operators: Operators, uid: string): unknown[] {
  const operator = operators[uid];
  const state = operator?.keyedStates?.['window-contents'];
  const timers = (operator?.timers?.event ?? []) as TimerEntry[];
  return ((state?.entries ?? []) as Entry[]).map((entry) => ({
    key: entry.key,
    namespace: entry.namespace,
    elements: state?.kind === 'LIST' ? entry.value : [entry.value],
    event: timers
      .filter((timer) => canonical(timer.key) === canonical(entry.key))
      .map(({ timestamp }) => timestamp)
      .sort((a, b) => a - b),
  }));
}
