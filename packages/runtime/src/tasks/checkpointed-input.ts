/**
 * The barriers of a task's input channels: read in their place, or come out before it.
 *
 * Invariants:
 * - Barriers that overtook are taken by mail, so also while the task takes no input, one at a time:
 *   none while the task still takes the snapshot of the one before.
 * - No element that came after a barrier overtook is processed before it is taken, unless a newer barrier
 *   replaced it: unaligned checkpoints go one at a time, so its checkpoint has been given up.
 * - Records that were in flight in the checkpoint that the task began with come before all new ones,
 *   over all channels; no barrier is taken before their end.
 * - While barriers of an unaligned checkpoint are awaited, each element is recorded before it is
 *   processed.
 *
 * Flink: CheckpointedInputGate, SingleCheckpointBarrierHandler's timer, AlternatingController.
 */
import { CheckpointError, invariant, type Timer } from '@millrace/core';
import type { AlignmentDecision, BarrierAlignment } from '../checkpoint/barrier-alignment.ts';
import {
  alignmentDeadline,
  asUnaligned,
  type CheckpointBarrier,
  type CheckpointMetrics,
  isTimeoutable,
} from '../checkpoint/checkpoint-options.ts';
import type { InputGate } from '../network/input-gate.ts';
import type { LocalChannel, OvertakingBarrier } from '../network/local-channel.ts';
import { type InputInFlight, InputRecording } from './input-recording.ts';

/** How long the barrier took to this task, and to all its channels. Milliseconds. */
export type CheckpointStartTiming = Pick<CheckpointMetrics, 'alignmentDurationMs' | 'startDelayMs'>;

export interface CheckpointHooks {
  now(): number;
  /** @param recording - of an unaligned checkpoint, whose timing it tells */
  startCheckpoint(
    barrier: CheckpointBarrier,
    timing: CheckpointStartTiming,
    recording: InputRecording | undefined,
  ): void;
  abortCheckpoint(checkpointId: number, reason: 'subsumed' | 'cancelled'): void;
  /** By mail. */
  runSoon(action: () => void): void;
  /** By mail, at a time of the clock. */
  runAt(timeMs: number, action: () => void): Timer;
  /** The task waits for something and must not begin another checkpoint. */
  isSuspended(): boolean;
}

/** The channel and checkpoint of a barrier that has come; any checkpoint's for the channel's end. */
interface Arrival {
  readonly channel: number;
  readonly checkpointId: number | undefined;
  readonly overtaking: OvertakingBarrier | undefined;
}

export class CheckpointedInput {
  private readonly gate: InputGate;
  private readonly alignment: BarrierAlignment;
  private readonly inFlight: readonly (InputInFlight | undefined)[];
  private readonly hooks: CheckpointHooks;
  private recording: InputRecording | undefined;
  /** No record follows on any channel. */
  private dataEnded = false;
  private isMailed = false;
  private timeout: { readonly checkpointId: number; readonly timer: Timer } | undefined;

  constructor(parts: {
    readonly gate: InputGate;
    readonly alignment: BarrierAlignment;
    /** Of each channel of the gate; none where barriers never overtake. */
    readonly inFlight: readonly (InputInFlight | undefined)[];
    readonly hooks: CheckpointHooks;
  }) {
    this.gate = parts.gate;
    this.alignment = parts.alignment;
    this.inFlight = parts.inFlight;
    this.hooks = parts.hooks;
    for (const channel of this.gate.channels) {
      channel.setBarrierListener(() => this.mailBarriers());
    }
  }

  get isRecording(): boolean {
    return this.recording !== undefined;
  }

  /** Before the next `count` elements of a channel are taken. */
  recordAhead(channel: number, count: number): void {
    this.recording?.recordAhead(channel, count);
    if (this.recording?.isOver) {
      this.recording = undefined;
    }
  }

  /** One that was read in its place. */
  processBarrier(channel: number, barrier: CheckpointBarrier): void {
    const decisions = this.alignment.processBarrier(channel, barrier, this.hooks.now());
    const { checkpointId } = barrier;
    this.apply(decisions, { channel, checkpointId, overtaking: undefined });
    if (this.alignment.isBlocked(channel)) {
      this.armTimeout(barrier);
    }
  }

  processCancellation(channel: number, checkpointId: number): void {
    this.apply(this.alignment.processCancellation(channel, checkpointId));
  }

  processEndOfPartition(channel: number): void {
    this.gate.endChannel(channel);
    const decisions = this.alignment.processEndOfPartition(channel, this.hooks.now());
    this.apply(decisions, { channel, checkpointId: undefined, overtaking: undefined });
  }

  /** The channel waits for the others, as in Flink's RecoveredInputChannel. */
  processEndOfChannelState(channel: number): void {
    const { channels } = this.gate;
    (channels[channel] as LocalChannel).isRecovering = false;
    this.setBlocked();
    if (!this.isRecovering) {
      this.mailBarriers();
    }
  }

  private get isRecovering(): boolean {
    return this.gate.channels.some((channel) => channel.isRecovering);
  }

  processEndOfData(): void {
    this.dataEnded = true;
    this.recording?.complete(this.hooks.now());
  }

  checkpointAborted(checkpointId: number): void {
    this.apply(this.alignment.processCheckpointAborted(checkpointId));
    this.forgetBarriers(checkpointId);
  }

  /**
   * All that fed the task has ended, so the coordinator gives it the barrier itself: it overtakes
   * what is left in the channels.
   *
   * @returns false where that is not there yet, or never overtaken
   */
  overtakeAll(barrier: CheckpointBarrier): boolean {
    const open = this.gate.channels.filter((_, index) => !this.gate.isEnded(index));
    if (!this.canBeOvertaken || !open.every((channel) => channel.isComplete)) {
      return false;
    }
    for (const channel of open) {
      channel.pushBarrier(asUnaligned(barrier));
    }
    return true;
  }

  get canBeOvertaken(): boolean {
    return this.inFlight.every((each) => each !== undefined);
  }

  close(): void {
    this.endTimeout();
    this.stopRecording('the task ended');
  }

  private mailBarriers(): void {
    if (!this.isMailed) {
      this.isMailed = true;
      this.hooks.runSoon(() => this.takeBarriers());
    }
  }

  private takeBarriers(): void {
    this.isMailed = false;
    for (const [index, channel] of this.gate.channels.entries()) {
      if (this.hooks.isSuspended()) {
        this.mailBarriers();
        return;
      }
      if (this.isRecovering) {
        return; // They are taken at its end.
      }
      const announced = channel.takeAnnouncement();
      if (announced !== undefined) {
        this.armTimeout(announced);
      }
      const overtaking = channel.takeOvertakingBarrier();
      if (overtaking !== undefined && !this.gate.isEnded(index)) {
        this.takeOvertaking(index, overtaking);
      }
    }
  }

  private takeOvertaking(channel: number, overtaking: OvertakingBarrier): void {
    const { barrier } = overtaking;
    const decisions = this.alignment.processBarrier(channel, barrier, this.hooks.now());
    this.apply(decisions, { channel, checkpointId: barrier.checkpointId, overtaking });
  }

  private armTimeout(barrier: CheckpointBarrier): void {
    const { checkpointId } = barrier;
    if (!isTimeoutable(barrier) || checkpointId <= (this.timeout?.checkpointId ?? -1)) {
      return;
    }
    this.timeout?.timer.cancel();
    const timer = this.hooks.runAt(alignmentDeadline(barrier), () => this.timeOut(checkpointId));
    this.timeout = { checkpointId, timer };
  }

  /** Its id stays: nothing older is timed out any more. */
  private endTimeout(): void {
    this.timeout?.timer.cancel();
  }

  /** Of a checkpoint that was given up. */
  private forgetBarriers(checkpointId: number): void {
    if (this.timeout?.checkpointId === checkpointId) {
      this.endTimeout();
    }
    for (const channel of this.gate.channels) {
      channel.forgetBarrier(checkpointId);
    }
  }

  private timeOut(checkpointId: number): void {
    this.apply(this.alignment.processAlignmentTimeout(checkpointId));
    for (const channel of this.gate.channels) {
      channel.timeOutBarrier(checkpointId);
    }
  }

  private apply(decisions: readonly AlignmentDecision[], arrival?: Arrival): void {
    this.setBlocked();
    for (const decision of decisions) {
      switch (decision.kind) {
        case 'start-checkpoint': {
          const { barrier, alignmentDurationMs, startDelayMs } = decision;
          this.endTimeout();
          this.hooks.startCheckpoint(barrier, { alignmentDurationMs, startDelayMs }, undefined);
          break;
        }
        case 'start-unaligned':
          this.startUnaligned(decision);
          break;
        case 'end-alignment':
          this.noteArrival(arrival);
          this.endRecording(decision.checkpointId);
          break;
        case 'abort':
          if (this.recording?.checkpointId === decision.checkpointId) {
            this.stopRecording(`checkpoint ${decision.checkpointId} was ${decision.reason}`);
          }
          this.forgetBarriers(decision.checkpointId);
          this.hooks.abortCheckpoint(decision.checkpointId, decision.reason);
          break;
      }
    }
    this.noteArrival(arrival);
  }

  private setBlocked(): void {
    const { channels } = this.gate;
    const { isRecovering } = this;
    for (const [index, channel] of channels.entries()) {
      const waits = isRecovering && !channel.isRecovering;
      this.gate.setBlocked(index, waits || this.alignment.isBlocked(index));
    }
  }

  private startUnaligned({
    barrier,
    startDelayMs,
    firstBarrierMs: startedMs,
    aligned,
  }: Extract<AlignmentDecision, { kind: 'start-unaligned' }>): void {
    invariant(
      this.canBeOvertaken,
      'barriers overtake only where all that is in flight can be written',
    );
    // One at a time: what is still recorded here is of a checkpoint that was given up.
    this.stopRecording(`checkpoint ${barrier.checkpointId} began`);
    const { channels } = this.gate;
    const { inFlight } = this;
    const { checkpointId } = barrier;
    this.recording = new InputRecording({ checkpointId, channels, inFlight, aligned, startedMs });
    if (this.dataEnded) {
      this.recording.complete(this.hooks.now());
    }
    const timing = { alignmentDurationMs: 0, startDelayMs };
    this.hooks.startCheckpoint(barrier, timing, this.recording);
    for (const channel of channels) {
      channel.timeOutBarrier(checkpointId);
    }
  }

  /** Only the first one of a channel counts. */
  private noteArrival(arrival: Arrival | undefined): void {
    const { recording } = this;
    if (
      arrival === undefined ||
      recording === undefined ||
      recording.checkpointId !== (arrival.checkpointId ?? recording.checkpointId)
    ) {
      return;
    }
    if (arrival.overtaking === undefined) {
      recording.barrierRead(arrival.channel);
    } else {
      recording.barrierOvertook(arrival.channel, arrival.overtaking);
    }
  }

  private endRecording(checkpointId: number): void {
    if (this.recording?.checkpointId === checkpointId) {
      this.recording.complete(this.hooks.now());
    }
  }

  private stopRecording(why: string): void {
    if (this.recording !== undefined && !this.recording.isOver) {
      const { checkpointId } = this.recording;
      const what = `what was in flight for checkpoint ${checkpointId} is not complete: ${why}`;
      this.recording.fail(new CheckpointError('CHECKPOINT_DECLINED', what));
    }
    this.recording = undefined;
  }
}
