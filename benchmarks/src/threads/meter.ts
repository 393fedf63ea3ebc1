/**
 * What a measured job tells of itself from all its threads: one row a subtask, in shared memory.
 *
 * Its first quarter is not measured: threads start, and code gets warm.
 */

/** Of the records of a subtask. */
const WARM_UP_SHARE = 0.25;
const ROW = 6;
const BEGAN = 0;
const ENDED = 1;
const SUM = 2;
const COUNT = 3;
const CPU_BEGAN = 4;
const CPU_ENDED = 5;
/** Each power of two in so many steps: a latency is told to 2 %. */
const STEPS_PER_OCTAVE = 32;
const OCTAVES = 32;
const LATENCY_BUCKETS = STEPS_PER_OCTAVE * OCTAVES;

/** Of all threads of a process, ms. */
export function nowOfProcess(): number {
  return performance.timeOrigin + performance.now();
}

function cpuMicrosOfProcess(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

export class Meter {
  /** Goes to the other threads, for `new Meter(buffer)` there. */
  readonly buffer: SharedArrayBuffer;
  private readonly rows: Float64Array;
  private readonly latencies: Int32Array;
  private readonly subtasks: number;

  constructor(of: number | SharedArrayBuffer) {
    const latencyBytes = LATENCY_BUCKETS * 4;
    this.buffer = typeof of === 'number' ? new SharedArrayBuffer(of * ROW * 8 + latencyBytes) : of;
    this.subtasks = (this.buffer.byteLength - latencyBytes) / (ROW * 8);
    this.rows = new Float64Array(this.buffer, 0, this.subtasks * ROW);
    this.latencies = new Int32Array(this.buffer, this.subtasks * ROW * 8);
  }

  /** Of jobs that ran at once, as if they were one; without their latencies. */
  static joined(meters: readonly Meter[]): Meter {
    const joined = new Meter(meters.reduce((sum, { subtasks }) => sum + subtasks, 0));
    let at = 0;
    for (const { rows } of meters) {
      joined.rows.set(rows, at);
      at += rows.length;
    }
    return joined;
  }

  /** How many records of a subtask come before `begin`. */
  static warmUp(recordsOfSubtask: number): number {
    return Math.floor(recordsOfSubtask * WARM_UP_SHARE);
  }

  begin(subtask: number): void {
    this.rows[subtask * ROW + BEGAN] = nowOfProcess();
    this.rows[subtask * ROW + CPU_BEGAN] = cpuMicrosOfProcess();
  }

  end(subtask: number, sum: number, count: number): void {
    this.rows[subtask * ROW + ENDED] = nowOfProcess();
    this.rows[subtask * ROW + CPU_ENDED] = cpuMicrosOfProcess();
    this.rows[subtask * ROW + SUM] = sum;
    this.rows[subtask * ROW + COUNT] = count;
  }

  /** Now and then, of a job that does not come to its end. */
  progress(subtask: number, count: number): void {
    this.rows[subtask * ROW + COUNT] = count;
  }

  get sum(): number {
    return this.column(SUM).reduce((sum, each) => sum + each, 0);
  }

  /** Records that the sinks have taken, as far as they told. */
  get count(): number {
    return this.column(COUNT).reduce((sum, each) => sum + each, 0);
  }

  /** From the first subtask that was warm to the last that ended. */
  get elapsedMs(): number {
    const began = this.column(BEGAN).filter((at) => at > 0);
    return Math.max(...this.column(ENDED)) - Math.min(...began);
  }

  /** Records a second of the sources, which made so many. */
  ratePerSecond(records: number): number {
    return (records * (1 - WARM_UP_SHARE) * 1000) / this.elapsedMs;
  }

  /** Of all cores together: also where others use them, when time says little. */
  cpuMicrosPerRecord(records: number): number {
    const began = this.column(CPU_BEGAN).filter((at) => at > 0);
    const micros = Math.max(...this.column(CPU_ENDED)) - Math.min(...began);
    return micros / (records * (1 - WARM_UP_SHARE));
  }

  latency(ms: number): void {
    const octaves = Math.log2(Math.max(ms * 1000, 1));
    const bucket = Math.min(Math.floor(octaves * STEPS_PER_OCTAVE), LATENCY_BUCKETS - 1);
    Atomics.add(this.latencies, bucket, 1);
  }

  /** Upper end of the bucket, ms. */
  latencyQuantile(share: number): number {
    const total = this.latencies.reduce((sum, count) => sum + count, 0);
    let seen = 0;
    for (let bucket = 0; bucket < LATENCY_BUCKETS; bucket++) {
      seen += this.latencies[bucket] as number;
      if (seen >= share * total) {
        return 2 ** ((bucket + 1) / STEPS_PER_OCTAVE) / 1000;
      }
    }
    return Number.NaN;
  }

  private column(field: number): number[] {
    return Array.from({ length: this.subtasks }, (_, i) => this.rows[i * ROW + field] as number);
  }
}
