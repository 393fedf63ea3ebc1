/**
 * All records of a window with their times, for windows with an evictor.
 *
 * Flink: the contents state of EvictingWindowOperator, a list of stream records.
 */
// Hot path.

import {
  type ListState,
  ListStateDescriptor,
  type StateDescriptor,
  type StreamElement,
  StreamElementSerializer,
  TimestampedValue,
  type TypeInformation,
} from '@millrace/core';
import { StateWindowContents, WINDOW_CONTENTS, type WindowContents } from './window-contents.ts';

export class EvictingWindowContents<IN, W>
  extends StateWindowContents<StreamElement<IN>, ListState<StreamElement<IN>>, W>
  implements WindowContents<IN, TimestampedValue<IN>[], W>
{
  override readonly descriptor: StateDescriptor;
  readonly addedFirst = 'unknown';

  constructor(elementType: TypeInformation<IN>) {
    super();
    this.descriptor = new ListStateDescriptor(WINDOW_CONTENTS, streamRecordType(elementType));
  }

  add(value: IN, timestamp: number): void {
    this.state.add({ kind: 'record', value, timestamp });
  }

  /** An array of its own each time: an evictor takes out of it. */
  get(): TimestampedValue<IN>[] | undefined {
    const elements: TimestampedValue<IN>[] = [];
    for (const element of this.state.get()) {
      if (element.kind === 'record') {
        elements.push(new TimestampedValue(element.value, element.timestamp));
      }
    }
    return elements.length === 0 ? undefined : elements;
  }

  /** What is left of the window after the evictor. */
  keep(elements: readonly TimestampedValue<IN>[]): void {
    this.state.update(
      elements.map(({ value, timestamp }) => ({ kind: 'record', value, timestamp })),
    );
  }
}

/** The name tells two declarations apart; Flink has no type information for it either. */
function streamRecordType<IN>(
  elementType: TypeInformation<IN>,
): TypeInformation<StreamElement<IN>> {
  return {
    name: `StreamRecord<${elementType.name}>`,
    isKeyType: false,
    createSerializer: () => new StreamElementSerializer(elementType.createSerializer()),
  };
}
