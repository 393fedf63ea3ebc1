/**
 * What the simulated program must have committed, by a plain loop over its records.
 *
 * Three kinds of lines. Most are known beforehand, each with its count. `passed C N` and
 * `tick K N` depend on how records and time fell: for each counter the numbers are 1 to the last
 * one, each once, and the `passed` ones of all counters are as many as the records.
 */
import { eventTimeOf, NUMBER_OF_RECORDS } from './simulated-source.ts';

export const NUMBER_OF_KEYS = 7;
export const WINDOW_MS = 80;
export const ALARM_MS = 60;
export const MEETING_MS = 60;

export function keyOf(record: number): number {
  return record % NUMBER_OF_KEYS;
}

export function takesDetour(record: number): boolean {
  return keyOf(record) % 2 === 1;
}

/** Records that went the two ways meet when these are equal and their times are close. */
export function meetingKeyOf(record: number): number {
  return record % 5;
}

/** The time of the timer that a record registers; several records share one. */
export function alarmOf(eventTime: number): number {
  return (Math.floor(eventTime / ALARM_MS) + 1) * ALARM_MS;
}

interface KeyTotals {
  readonly records: number[];
  readonly alarms: Set<number>;
  readonly windows: Map<number, number[]>;
}

/** What differs, one line each; empty when the output is right. */
export function differences(committed: readonly string[]): string[] {
  const known = new Map(expectedLines().map((line) => [line, 0]));
  const sequences = new Map<string, number[]>();
  const found: string[] = [];
  for (const line of committed) {
    const [kind, counter, number] = line.split(' ');
    if (kind === 'passed' || kind === 'tick') {
      const name = `${kind} ${counter}`;
      sequences.set(name, [...(sequences.get(name) ?? []), Number(number)]);
    } else if (known.has(line)) {
      known.set(line, (known.get(line) ?? 0) + 1);
    } else {
      found.push(`unexpected: ${line}`);
    }
  }
  for (const [line, times] of known) {
    if (times !== 1) {
      found.push(times === 0 ? `missing: ${line}` : `${times} times: ${line}`);
    }
  }
  let passed = 0;
  for (const [name, numbers] of [...sequences].sort()) {
    found.push(...sequenceDifferences(name, numbers));
    passed += name.startsWith('passed') ? numbers.length : 0;
  }
  if (passed !== NUMBER_OF_RECORDS) {
    found.push(`${passed} records passed, not ${NUMBER_OF_RECORDS}`);
  }
  return found;
}

function sequenceDifferences(name: string, numbers: number[]): string[] {
  const counts = new Map<number, number>();
  for (const number of numbers) {
    counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  const last = Math.max(...numbers);
  const found: string[] = [];
  for (let number = 1; number <= last; number++) {
    const times = counts.get(number) ?? 0;
    if (times !== 1) {
      found.push(times === 0 ? `missing: ${name} ${number}` : `${times} times: ${name} ${number}`);
    }
  }
  return found;
}

function expectedLines(): string[] {
  const lines: string[] = meetings();
  for (let record = 0; record < NUMBER_OF_RECORDS; record++) {
    lines.push(`aside ${record}`);
  }
  for (const [key, { records, alarms, windows }] of totalsPerKey()) {
    lines.push(...records.map((_, index) => `count ${key} ${index + 1}`));
    lines.push(...[...alarms].map((time) => `alarm ${key} ${time}`));
    for (const [start, inWindow] of windows) {
      lines.push(`window ${key} ${start} ${inWindow.length} ${sum(inWindow)}`);
    }
    const largest = Math.max(...records);
    lines.push(`total ${key} ${sum(records)} ${largest} ${records.length} ${records.join(',')}`);
  }
  return lines;
}

function meetings(): string[] {
  const records = Array.from({ length: NUMBER_OF_RECORDS }, (_, record) => record);
  const meets = (a: number, b: number): boolean =>
    meetingKeyOf(a) === meetingKeyOf(b) && Math.abs(eventTimeOf(a) - eventTimeOf(b)) <= MEETING_MS;
  return records
    .filter((record) => !takesDetour(record))
    .flatMap((direct) =>
      records
        .filter((record) => takesDetour(record) && meets(direct, record))
        .map((detour) => `met ${direct} ${detour}`),
    );
}

function totalsPerKey(): Map<number, KeyTotals> {
  const totals = new Map<number, KeyTotals>();
  for (let record = 0; record < NUMBER_OF_RECORDS; record++) {
    const key = keyOf(record);
    const time = eventTimeOf(record);
    const windowStart = time - (time % WINDOW_MS);
    const fresh: KeyTotals = { records: [], alarms: new Set(), windows: new Map() };
    const ofKey = totals.get(key) ?? fresh;
    totals.set(key, ofKey);
    ofKey.records.push(record);
    ofKey.alarms.add(alarmOf(time));
    ofKey.windows.set(windowStart, [...(ofKey.windows.get(windowStart) ?? []), record]);
  }
  return totals;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
