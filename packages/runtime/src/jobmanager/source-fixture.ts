/** Sources whose enumerators tests drive, and time that goes when they say so. */
import {
  type SimpleVersionedSerializer,
  type Source,
  type SourceSplit,
  type SplitEnumeratorContext,
  SystemClock,
  type Timer,
} from '@millrace/core';

const JSON_BYTES: SimpleVersionedSerializer<never> = {
  version: 3,
  serialize: (value) => new TextEncoder().encode(JSON.stringify(value)),
  deserialize: (_version, bytes) => JSON.parse(new TextDecoder().decode(bytes)) as never,
};

/** Hands out one split at each request. */
export function splitSource(names: readonly string[]): Source<unknown, SourceSplit, unknown> {
  const enumerator = (context: SplitEnumeratorContext<SourceSplit>, open: string[]) => ({
    start: () => {},
    addReader: () => {},
    handleSplitRequest: (subtask: number) => {
      const splitId = open.shift();
      if (splitId === undefined) {
        context.signalNoMoreSplits(subtask);
      } else {
        context.assignSplit({ splitId }, subtask);
      }
    },
    addSplitsBack: (splits: readonly SourceSplit[]) => {
      open.unshift(...splits.map(({ splitId }) => splitId));
    },
    snapshotState: () => [...open],
    close: () => {},
  });
  return {
    boundedness: 'bounded',
    splitSerializer: JSON_BYTES,
    enumeratorCheckpointSerializer: JSON_BYTES,
    createEnumerator: (context) => enumerator(context, [...names]),
    restoreEnumerator: (context, open) => enumerator(context, [...(open as string[])]),
    createReader: () => {
      throw new Error('not used here');
    },
  };
}

/** Fires its timers one by one, when the test says so. */
export class StepClock extends SystemClock {
  readonly timers: { delayMs: number; callback: () => void }[] = [];

  override setTimer(delayMs: number, callback: () => void): Timer {
    const timer = { delayMs, callback };
    this.timers.push(timer);
    return { cancel: () => void this.timers.splice(this.timers.indexOf(timer), 1) };
  }

  fireNext(): void {
    this.timers.shift()?.callback();
  }
}
