/**
 * What a measured job tells of itself from all its threads: one row a subtask, in shared memory.
 *
 * Rates are those of the steady state: from when the last source is warm to when the first has no more
 * records, as the sources of a stream that goes on would all have some. The first quarter of each is
 * for threads that start and code that gets warm.
 */

/** Of the records of a subtask. */
const WARM_UP_SHARE = 0.25;
/** Of the time in which all are warm and have records: at its beginning, at its end. */
const AT = [0, 3] as const;
const MADE_BY_THEN = [1, 4] as const;
const CPU_BY_THEN = [2, 5] as const;
const HEAD = 6;
const ROW = 4;
const WARM = 0;
const MADE = 1;
const SUM = 2;
const COUNT = 3;
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
  private readonly head: Float64Array;
  private readonly rows: Float64Array;
  private readonly latencies: Int32Array;
  private readonly subtasks: number;

  constructor(of: number | SharedArrayBuffer) {
    const others = HEAD * 8 + LATENCY_BUCKETS * 4;
    this.buffer = typeof of === 'number' ? new SharedArrayBuffer(of * ROW * 8 + others) : of;
    this.subtasks = (this.buffer.byteLength - others) / (ROW * 8);
    this.head = new Float64Array(this.buffer, 0, HEAD);
    this.rows = new Float64Array(this.buffer, HEAD * 8, this.subtasks * ROW);
    this.latencies = new Int32Array(this.buffer, (HEAD + this.subtasks * ROW) * 8);
  }

  /** How many records of a subtask come before `warm`. */
  static warmUp(recordsOfSubtask: number): number {
    return Math.floor(recordsOfSubtask * WARM_UP_SHARE);
  }

  /** Now and then, of a source: its records so far. */
  made(subtask: number, count: number): void {
    this.rows[subtask * ROW + MADE] = count;
  }

  /** A source is. */
  warm(subtask: number): void {
    this.rows[subtask * ROW + WARM] = 1;
    if (this.column(WARM).every((isWarm) => isWarm === 1)) {
      this.note(0);
    }
  }

  /** A source has no more records. */
  sourceEnds(): void {
    if (this.head[AT[1]] === 0) {
      this.note(1);
    }
  }

  end(subtask: number, sum: number, count: number): void {
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

  /** Of all sources together; NaN when they were never all warm at once, as the records were too few. */
  get ratePerSecond(): number {
    return (this.steady(MADE_BY_THEN) * 1000) / this.steady(AT);
  }

  /** For each record, of all cores together: also where others use them, when time says little. */
  get cpuMicrosPerRecord(): number {
    return this.steady(CPU_BY_THEN) / this.steady(MADE_BY_THEN);
  }

  private note(end: 0 | 1): void {
    this.head[AT[end]] = nowOfProcess();
    this.head[MADE_BY_THEN[end]] = this.column(MADE).reduce((sum, each) => sum + each, 0);
    this.head[CPU_BY_THEN[end]] = cpuMicrosOfProcess();
  }

  private steady([from, to]: readonly [number, number]): number {
    const { head } = this;
    if (head[AT[0]] === 0 || (head[AT[1]] as number) <= (head[AT[0]] as number)) {
      return Number.NaN;
    }
    return (head[to] as number) - (head[from] as number);
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
