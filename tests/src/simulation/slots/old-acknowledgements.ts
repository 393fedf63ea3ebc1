/**
 * The planted bug: an acknowledgement of a former attempt is taken for one of the attempt that runs.
 *
 * A coordinator that told checkpoints apart by less than their ids would do that.
 */
import type { CheckpointAcknowledgement } from '@millrace/runtime';
import type { FromSlot } from './slot-messages.ts';

export class OldAcknowledgements {
  private readonly latest = new Map<
    string,
    { readonly attempt: number; readonly acknowledgement: CheckpointAcknowledgement }
  >();

  /** @returns what is delivered in the place of the message's arguments */
  replace(message: Extract<FromSlot, { kind: 'tell' }>): readonly unknown[] {
    if (message.method !== 'acknowledgeCheckpoint') {
      return message.args;
    }
    const acknowledgement = message.args[0] as CheckpointAcknowledgement;
    const { task, checkpointId } = acknowledgement;
    const key = `${task.vertexId} ${task.subtask}`;
    const before = this.latest.get(key);
    this.latest.set(key, { attempt: message.attempt, acknowledgement });
    return before === undefined || before.attempt === message.attempt
      ? message.args
      : [{ ...before.acknowledgement, checkpointId }];
  }
}
