/**
 * What a job puts out: for each named stream its records with their timestamps, and its watermarks,
 * as lines.
 *
 * Java: lab.jobs.Outputs.
 */

import {
  AbstractStreamOperator,
  type OneInputStreamOperator,
  type WatermarkStatus,
} from '@millrace/runtime';
import { type DataStream, DiscardingSink, MIN_TIMESTAMP } from 'millrace';
import { text } from './text.ts';

/** By name of the stream. */
export type Lines = Readonly<Record<string, readonly string[]>>;

export class Outputs {
  readonly lines: Record<string, string[]> = {};

  /** Of this stream. */
  write(name: string, stream: DataStream<string>): void {
    const lines = this.linesOf(name);
    stream
      .transform<string>({
        name: `lines ${name}`,
        createOperator: (operator) => new Recorder(operator, lines),
      })
      .sinkTo(new DiscardingSink<string>());
  }

  linesOf(name: string): string[] {
    this.lines[name] ??= [];
    return this.lines[name];
  }
}

export function recordLine(value: string, timestamp: number): string {
  return `${value} @${timestamp === MIN_TIMESTAMP ? 'none' : text(timestamp)}`;
}

export function watermarkLine(watermark: number): string {
  return text('watermark', watermark);
}

class Recorder
  extends AbstractStreamOperator<string, string>
  implements OneInputStreamOperator<string, string>
{
  private readonly lines: string[];

  constructor(name: string, lines: string[]) {
    super({ name });
    this.lines = lines;
  }

  processElement(value: string, timestamp: number): void {
    this.lines.push(recordLine(value, timestamp));
  }

  override processWatermark(watermark: number): void {
    this.lines.push(watermarkLine(watermark));
    super.processWatermark(watermark);
  }

  override processWatermarkStatus(status: WatermarkStatus): void {
    this.lines.push(status);
    super.processWatermarkStatus(status);
  }
}
