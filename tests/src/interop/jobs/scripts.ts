/**
 * The inputs of the jobs, made by chance from a seed, so that a job meets cases that nobody thought
 * of: records out of order, within the lateness and beyond it, at equal times, before 1970.
 */
import { SeededRandom } from '@millrace/testing';
import { Script } from './script.ts';

export interface EventTimeScriptOptions {
  readonly seed: number;
  readonly records: number;
  readonly keys?: number;
  /** Event time passes by 0 to this much from record to record. */
  readonly stepMs: number;
  /** Now and then it passes by this much at once, so that sessions end. */
  readonly pauseMs?: number;
  /** How far a record may lie behind. One in 12 lies up to ten times as far behind. */
  readonly disorderMs: number;
  readonly startMs?: number;
}

const VALUES = 100;

/** A watermark follows about every fifth record, and lies half of the disorder behind. */
export function eventTimeScript(options: EventTimeScriptOptions): Script {
  const { stepMs, pauseMs = 0, disorderMs, keys = 3 } = options;
  const random = new SeededRandom(options.seed);
  const script = new Script();
  let now = options.startMs ?? -1500;
  let watermark = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < options.records; i++) {
    now += random.nextInt(stepMs + 1) + (random.nextInt(15) === 0 ? pauseMs : 0);
    const behind = random.nextInt(disorderMs + 1) * (random.nextInt(12) === 0 ? 10 : 1);
    script.record('data', `k${random.nextInt(keys)}`, random.nextInt(VALUES), now - behind);
    const next = now - Math.floor(disorderMs / 2);
    if (random.nextInt(5) === 0 && next > watermark) {
      watermark = next;
      script.watermark(watermark);
    }
  }
  return script;
}

export interface LockstepScriptOptions {
  readonly seed: number;
  readonly records: number;
  readonly inputs: readonly [string, string];
  readonly stepMs: number;
  readonly disorderMs: number;
}

/** Of two inputs. Records that keep the step follow each watermark, one for each input. */
export function lockstepScript(options: LockstepScriptOptions): Script {
  const { inputs, stepMs, disorderMs } = options;
  const random = new SeededRandom(options.seed);
  const script = new Script();
  let now = 1000;
  let watermark = 0;
  for (let i = 0; i < options.records; i++) {
    now += random.nextInt(stepMs + 1);
    const behind = random.nextInt(disorderMs + 1) * (random.nextInt(12) === 0 ? 6 : 1);
    const key = `k${random.nextInt(3)}`;
    script.record(random.pick(inputs), key, random.nextInt(VALUES), now - behind);
    const next = now - Math.floor(disorderMs / 2);
    if (random.nextInt(6) === 0 && next > watermark) {
      watermark = next;
      script.watermark(watermark);
      for (const input of inputs) {
        script.record(input, `sync-${input}`, 0, watermark + 1);
      }
    }
  }
  return script;
}

export interface ClockScriptOptions {
  readonly seed: number;
  readonly records: number;
  /** The clock is moved on by one of these between records; multiples of 10 keep it at 5 (mod 10). */
  readonly stepsMs: readonly number[];
}

/** The clock moves; timestamps and watermarks follow it. */
export function clockScript(options: ClockScriptOptions): Script {
  const random = new SeededRandom(options.seed);
  const script = new Script();
  let now = 1005;
  script.time(now);
  for (let i = 0; i < options.records; i++) {
    const key = `k${random.nextInt(3)}`;
    script.record('data', key, random.nextInt(VALUES), now - random.nextInt(60));
    const step = random.pick(options.stepsMs);
    if (step > 0) {
      now += step;
      script.time(now);
    }
    if (random.nextInt(8) === 0) {
      script.watermark(now - 40);
    }
  }
  return script.time(now + 1000);
}
