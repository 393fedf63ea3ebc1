import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { JobVertex, StreamOperatorFactory } from '../graph/job-graph.ts';
import type { Input, StreamOperator } from '../operators/stream-operator.ts';
import { headInputs } from './head-inputs.ts';

function vertexOf(kind: StreamOperatorFactory['kind']): JobVertex {
  return { operators: [{ factory: { kind } }] } as unknown as JobVertex;
}

/** Calls everything that an input has. */
function drive(input: Input<unknown>): void {
  input.processElement('a', 1);
  input.processWatermark(2);
  input.processWatermarkStatus('idle');
  input.processLatencyMarker({ markedTime: 3, operatorId: 'source', subtaskIndex: 0 });
}

function recordingInput(name: string, calls: string[]): Input<unknown> {
  return {
    processElement: (value, timestamp) => calls.push(`${name} element ${value} ${timestamp}`),
    processWatermark: (watermark) => calls.push(`${name} watermark ${watermark}`),
    processWatermarkStatus: (status) => calls.push(`${name} status ${status}`),
    processLatencyMarker: ({ markedTime }) => calls.push(`marker ${markedTime}`),
  };
}

describe('the inputs of the head of a task', () => {
  it('are the operator itself when it has one', () => {
    const operator = recordingInput('only', []);

    const inputs = headInputs(operator as never, vertexOf('one-input'));

    assert.equal(inputs.length, 1);
    assert.equal(inputs[0], operator);
  });

  it('are two that call the methods of their number', () => {
    const calls: string[] = [];
    const first = recordingInput('1', calls);
    const second = recordingInput('2', calls);
    const operator = {
      processElement1: first.processElement,
      processElement2: second.processElement,
      processWatermark1: first.processWatermark,
      processWatermark2: second.processWatermark,
      processWatermarkStatus1: first.processWatermarkStatus,
      processWatermarkStatus2: second.processWatermarkStatus,
      processLatencyMarker: first.processLatencyMarker,
    } as unknown as StreamOperator<unknown>;

    headInputs(operator, vertexOf('two-input')).forEach(drive);

    assert.deepEqual(calls, [
      '1 element a 1',
      '1 watermark 2',
      '1 status idle',
      'marker 3',
      '2 element a 1',
      '2 watermark 2',
      '2 status idle',
      'marker 3',
    ]);
  });
});
