/**
 * Windows with their default trigger as semantics.md tells of them, one record at a time and without
 * regard for speed: every window keeps all its records. Event time.
 */
export interface ModelRecord {
  readonly id: number;
  readonly key: string;
  readonly time: number;
}

export interface ModelWindow {
  readonly start: number;
  readonly end: number;
}

interface OpenWindow extends ModelWindow {
  readonly key: string;
  readonly ids: number[];
  hasFireTimer: boolean;
}

export interface ModelOptions {
  /** Of a record, in the order in which the assigner gives them. */
  readonly assign: (time: number) => readonly ModelWindow[];
  /** Whether windows that overlap or touch become one. */
  readonly merges: boolean;
  readonly allowedLateness: number;
}

export class WindowModel {
  /** For each key what its windows gave: `[start-end]: ids`, in order. */
  readonly fired: Map<string, string[]> = new Map();
  /** For each key the windows that were cleaned up. */
  readonly cleaned: Map<string, string[]> = new Map();
  readonly late: number[] = [];
  private readonly options: ModelOptions;
  private readonly watermarks: Map<string, number> = new Map();
  private open: OpenWindow[] = [];

  constructor(options: ModelOptions) {
    this.options = options;
  }

  add(record: ModelRecord): void {
    const { key, time, id } = record;
    const windows = this.options.assign(time).map((window) => this.find(key, window));
    let isTaken = false;
    for (const window of windows) {
      if (this.cleanupTime(window) > this.watermark(key)) {
        isTaken = true;
        this.take(window, id);
      } else {
        this.open = this.open.filter((other) => other !== window);
      }
    }
    if (!isTaken && time + this.options.allowedLateness <= this.watermark(key)) {
      this.late.push(id);
    }
  }

  /** Of the keys for which `isOn` says so: watermarks of subtasks differ. */
  advance(watermark: number, isOn: (key: string) => boolean): void {
    const keys = new Set(this.open.map(({ key }) => key));
    for (const key of keys) {
      if (isOn(key) && watermark > this.watermark(key)) {
        this.advanceKey(key, watermark);
      }
    }
  }

  /** For keys that have come since. */
  setWatermark(key: string, watermark: number): void {
    this.watermarks.set(key, watermark);
  }

  /** After a restore the watermark begins anew. */
  restore(): void {
    this.watermarks.clear();
  }

  get isEmpty(): boolean {
    return this.open.length === 0;
  }

  private advanceKey(key: string, watermark: number): void {
    this.watermarks.set(key, watermark);
    const steps = this.open
      .filter((window) => window.key === key)
      .flatMap((window) => [
        { at: window.end - 1, run: () => this.onEnd(window) },
        { at: this.cleanupTime(window), run: () => this.cleanUp(window) },
      ])
      .filter(({ at }) => at <= watermark);
    for (const step of steps.sort((a, b) => a.at - b.at)) {
      step.run();
    }
  }

  private find(key: string, { start, end }: ModelWindow): OpenWindow {
    const own = this.open.filter((window) => window.key === key);
    if (!this.options.merges) {
      const known = own.find((window) => window.start === start && window.end === end);
      return known ?? this.opened({ key, start, end, ids: [], hasFireTimer: false });
    }
    const met = own.filter((window) => window.start <= end && window.end >= start);
    const merged: OpenWindow = {
      key,
      start: Math.min(start, ...met.map((window) => window.start)),
      end: Math.max(end, ...met.map((window) => window.end)),
      ids: met.flatMap(({ ids }) => ids),
      hasFireTimer: false,
    };
    const same = met.find((window) => window.start === merged.start && window.end === merged.end);
    if (same !== undefined) {
      return same;
    }
    this.open = this.open.filter((window) => !met.includes(window));
    return this.opened(merged);
  }

  private opened(window: OpenWindow): OpenWindow {
    this.open.push(window);
    return window;
  }

  private take(window: OpenWindow, id: number): void {
    window.ids.push(id);
    if (window.end - 1 <= this.watermark(window.key)) {
      this.fire(window);
    } else {
      window.hasFireTimer = true;
    }
  }

  private onEnd(window: OpenWindow): void {
    if (window.hasFireTimer) {
      window.hasFireTimer = false;
      this.fire(window);
    }
  }

  private fire(window: OpenWindow): void {
    const ids = [...window.ids].sort((a, b) => a - b);
    push(this.fired, window.key, `[${window.start}-${window.end}]: ${ids.join(' ')}`);
  }

  private cleanUp(window: OpenWindow): void {
    this.open = this.open.filter((other) => other !== window);
    push(this.cleaned, window.key, `[${window.start}-${window.end}]`);
  }

  private watermark(key: string): number {
    return this.watermarks.get(key) ?? Number.NEGATIVE_INFINITY;
  }

  private cleanupTime({ end }: ModelWindow): number {
    return end - 1 + this.options.allowedLateness;
  }
}

function push(lists: Map<string, string[]>, key: string, text: string): void {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  list.push(text);
}
