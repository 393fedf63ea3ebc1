/** Emits the records and watermarks of a script. Java: lab.jobs.ScriptSource. */
import {
  type InputStatus,
  NUMBER_SEQUENCE_CHECKPOINT_SERIALIZER,
  NUMBER_SEQUENCE_SPLIT_SERIALIZER,
  type NumberSequenceSplit,
  type ReaderOutput,
  type Source,
  type SourceReader,
  type SourceReaderContext,
  type SplitEnumeratorContext,
  SplitQueueEnumerator,
} from '@millrace/core';
import type { Event } from './event.ts';
import type { Lockstep } from './lockstep.ts';
import type { Script, Step } from './script.ts';

type Checkpoint = readonly NumberSequenceSplit[];

export class ScriptSource implements Source<Event, NumberSequenceSplit, Checkpoint> {
  readonly boundedness = 'bounded';
  readonly splitSerializer: typeof NUMBER_SEQUENCE_SPLIT_SERIALIZER =
    NUMBER_SEQUENCE_SPLIT_SERIALIZER;
  readonly enumeratorCheckpointSerializer: typeof NUMBER_SEQUENCE_CHECKPOINT_SERIALIZER =
    NUMBER_SEQUENCE_CHECKPOINT_SERIALIZER;
  private readonly script: Script;
  private readonly lockstep: Lockstep | undefined;

  /** @param lockstep - a record then waits until the one before has arrived */
  constructor(script: Script, lockstep?: Lockstep) {
    this.script = script;
    this.lockstep = lockstep;
  }

  createEnumerator(
    context: SplitEnumeratorContext<NumberSequenceSplit>,
  ): SplitQueueEnumerator<NumberSequenceSplit> {
    const whole = { splitId: 'script', from: 0, to: this.script.steps.length - 1 };
    return new SplitQueueEnumerator(context, [whole]);
  }

  restoreEnumerator(
    context: SplitEnumeratorContext<NumberSequenceSplit>,
    checkpoint: Checkpoint,
  ): SplitQueueEnumerator<NumberSequenceSplit> {
    return new SplitQueueEnumerator(context, checkpoint);
  }

  createReader(_context: SourceReaderContext): SourceReader<Event, NumberSequenceSplit> {
    return new ScriptReader(this.script.steps, this.lockstep);
  }
}

/** Knows the script, so it asks for no split. */
class ScriptReader implements SourceReader<Event, NumberSequenceSplit> {
  private readonly steps: readonly Step[];
  private readonly lockstep: Lockstep | undefined;
  private next = 0;

  constructor(steps: readonly Step[], lockstep: Lockstep | undefined) {
    this.steps = steps;
    this.lockstep = lockstep;
  }

  start(): void {}

  pollNext(output: ReaderOutput<Event>, maxRecords: number): InputStatus {
    for (let room = maxRecords; room > 0; room--) {
      if (this.lockstep?.isWaiting === true) {
        return 'nothing-available';
      }
      const step = this.steps[this.next++];
      if (step === undefined) {
        return 'end-of-input';
      }
      this.emit(step, output);
    }
    return 'more-available';
  }

  isAvailable(): Promise<void> {
    return this.lockstep?.isWaiting === true ? this.lockstep.whenArrived() : Promise.resolve();
  }

  addSplits(): void {}

  notifyNoMoreSplits(): void {}

  snapshotState(): NumberSequenceSplit[] {
    return [{ splitId: 'script', from: this.next, to: this.steps.length - 1 }];
  }

  close(): void {}

  private emit(step: Step, output: ReaderOutput<Event>): void {
    if (step.kind !== 'record') {
      output.emitWatermark(step.time);
      return;
    }
    const { event } = step;
    const { lockstep } = this;
    if (lockstep === undefined) {
      output.collect(event, event.ts);
    } else {
      lockstep.send(event, () => output.collect(event, event.ts));
    }
  }
}
