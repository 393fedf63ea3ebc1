/**
 * An input of a job: its records and watermarks in their order, and where the clock is moved.
 *
 * Java: lab.jobs.Script, which reads the same lines.
 */
import type { Event } from './event.ts';

export type Step =
  | { readonly kind: 'record'; readonly event: Event }
  | { readonly kind: 'watermark'; readonly time: number }
  | { readonly kind: 'time'; readonly time: number };

/** Collects steps. The number of a record is that of its line. */
export class Script {
  readonly steps: Step[] = [];

  record(input: string, key: string, value: number, ts: number): this {
    const seq = this.steps.length;
    this.steps.push({ kind: 'record', event: { seq, input, key, value, ts } });
    return this;
  }

  watermark(time: number): this {
    this.steps.push({ kind: 'watermark', time });
    return this;
  }

  /** The clock then shows `ms`. */
  time(ms: number): this {
    this.steps.push({ kind: 'time', time: ms });
    return this;
  }

  toString(): string {
    return `${this.steps.map(line).join('\n')}\n`;
  }
}

function line(step: Step): string {
  if (step.kind !== 'record') {
    return `${step.kind} ${step.time}`;
  }
  const { input, key, value, ts } = step.event;
  return `record ${input} ${key} ${value} ${ts}`;
}
