/** What a pipeline tells of itself, in memory that its threads share. */

/** Records between two looks at the meter: by the lowest bits, as `%` of V8 takes longer than a record. */
const STEP_MASK = 64 - 1;
const RECORDS = 0;
const RESULTS = 1;
const CHECKSUM = 2;
/** Numbers of a subtask: a cache line. */
const ROW = 8;

export class PipelineMeter {
  /** Goes to the other threads, for `new PipelineMeter(buffer)` there. */
  readonly buffer: SharedArrayBuffer;
  private readonly rows: Float64Array;

  constructor(of: number | SharedArrayBuffer) {
    this.buffer = typeof of === 'number' ? new SharedArrayBuffer(of * ROW * 8) : of;
    this.rows = new Float64Array(this.buffer);
  }

  /** Of the source, for each record. */
  made(subtask: number, count: number): void {
    if ((count & STEP_MASK) === 0) {
      this.rows[subtask * ROW + RECORDS] = count;
    }
  }

  /** Of the sink, at the end. */
  ended(subtask: number, results: number, checksum: number): void {
    this.rows[subtask * ROW + RESULTS] = results;
    this.rows[subtask * ROW + CHECKSUM] = checksum;
  }

  get records(): number {
    return this.sum(RECORDS);
  }

  get results(): number {
    return this.sum(RESULTS);
  }

  get checksum(): number {
    return this.sum(CHECKSUM);
  }

  private sum(column: number): number {
    let sum = 0;
    for (let at = column; at < this.rows.length; at += ROW) {
      sum += this.rows[at] as number;
    }
    return sum;
  }
}
