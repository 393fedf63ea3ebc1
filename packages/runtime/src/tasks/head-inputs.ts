/** The inputs of a chain's head, whatever kind of operator it is. */
// Hot path.

import { invariant } from '@millrace/core';
import type { JobVertex } from '../graph/job-graph.ts';
import type { LatencyMarker } from '../operators/latency-marker.ts';
import type { WatermarkStatus } from '../operators/output.ts';
import type { RecordLookAhead } from '../operators/record-look-ahead.ts';
import type {
  Input,
  OneInputStreamOperator,
  StreamOperator,
  TwoInputStreamOperator,
} from '../operators/stream-operator.ts';

/** In the order of their indexes. */
export function headInputs(
  head: StreamOperator<unknown>,
  vertex: JobVertex,
): readonly Input<unknown>[] {
  const kind = vertex.operators[0]?.factory.kind;
  if (kind === 'two-input') {
    const operator = head as TwoInputStreamOperator<unknown, unknown, unknown>;
    return [new FirstInput(operator), new SecondInput(operator)];
  }
  invariant(kind === 'one-input', 'the head of a task with channels has inputs');
  return [head as OneInputStreamOperator<unknown, unknown>];
}

class FirstInput implements Input<unknown> {
  private readonly operator: TwoInputStreamOperator<unknown, unknown, unknown>;

  constructor(operator: TwoInputStreamOperator<unknown, unknown, unknown>) {
    this.operator = operator;
  }

  get lookAhead(): RecordLookAhead<unknown, unknown> | undefined {
    return this.operator.lookAhead1;
  }

  processElement(value: unknown, timestamp: number): void {
    this.operator.processElement1(value, timestamp);
  }

  processWatermark(watermark: number): void {
    this.operator.processWatermark1(watermark);
  }

  processWatermarkStatus(status: WatermarkStatus): void {
    this.operator.processWatermarkStatus1(status);
  }

  processLatencyMarker(marker: LatencyMarker): void {
    this.operator.processLatencyMarker(marker);
  }
}

class SecondInput implements Input<unknown> {
  private readonly operator: TwoInputStreamOperator<unknown, unknown, unknown>;

  constructor(operator: TwoInputStreamOperator<unknown, unknown, unknown>) {
    this.operator = operator;
  }

  get lookAhead(): RecordLookAhead<unknown, unknown> | undefined {
    return this.operator.lookAhead2;
  }

  processElement(value: unknown, timestamp: number): void {
    this.operator.processElement2(value, timestamp);
  }

  processWatermark(watermark: number): void {
    this.operator.processWatermark2(watermark);
  }

  processWatermarkStatus(status: WatermarkStatus): void {
    this.operator.processWatermarkStatus2(status);
  }

  processLatencyMarker(marker: LatencyMarker): void {
    this.operator.processLatencyMarker(marker);
  }
}
