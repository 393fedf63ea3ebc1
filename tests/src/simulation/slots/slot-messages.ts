/**
 * What goes between the JobManager and the slots, as it comes out at the other end: a structured clone,
 * in which errors and state handles keep their classes by their own encodings.
 */
import { decodeError, encodeError } from '@millrace/core';
import type {
  CheckpointAcknowledgement,
  JobMasterGateway,
  SlotDeployment,
  SubtaskAddress,
  TaskExecutorGateway,
} from '@millrace/runtime';
import { reviveStateHandles } from '@millrace/state';

/** Calls of a slot that are answered. */
export type AskedOfSlot = 'initialize' | 'run' | 'cancel';
/** Those that are not. */
export type ToldToSlot =
  | 'stop'
  | 'triggerCheckpoint'
  | 'notifyCheckpointComplete'
  | 'notifyCheckpointAborted'
  | 'addSplits'
  | 'noMoreSplits'
  | 'alignWatermark';

/** `attempt` counts deployments. */
export type ToSlot = { readonly attempt: number } & (
  | { readonly kind: 'deploy'; readonly deployment: SlotDeployment }
  | { readonly kind: 'ask'; readonly method: AskedOfSlot }
  | { readonly kind: 'tell'; readonly method: ToldToSlot; readonly args: readonly unknown[] }
);

export type FromSlot = { readonly attempt: number } & (
  | {
      readonly kind: 'answer';
      readonly slot: number;
      readonly method: AskedOfSlot;
      readonly error: Error | undefined;
      readonly report: SlotReport;
    }
  | {
      readonly kind: 'tell';
      readonly method: keyof JobMasterGateway;
      readonly args: readonly unknown[];
    }
);

/** What the slot has to say of its tasks. */
export type SlotReport = {
  readonly [name in 'taskDetails' | 'queryableStates']: ReturnType<TaskExecutorGateway[name]>;
};

/** In the other thread's memory, but for the job graph, which each thread builds for itself. */
export function clonedDeployment(deployment: SlotDeployment): SlotDeployment {
  const { jobGraph, ...rest } = deployment;
  return { jobGraph, ...reviveStateHandles(structuredClone(rest)) };
}

/** Each may be an error. */
export function clonedArguments(args: readonly unknown[]): unknown[] {
  return args.map((arg) =>
    arg instanceof Error
      ? decodeError(structuredClone(encodeError(arg)))
      : reviveStateHandles(structuredClone(arg)),
  );
}

/** In one line, for the trace. */
export function describeMessage(message: ToSlot | FromSlot): string {
  switch (message.kind) {
    case 'deploy':
      return 'deploy';
    case 'ask':
      return message.method;
    case 'answer':
      return `${message.method} ${message.error === undefined ? 'is done' : 'failed'}`;
    case 'tell':
      return `${message.method} ${message.args.map(describeArgument).join(' ')}`;
  }
}

function describeArgument(arg: unknown): string {
  if (typeof arg !== 'object' || arg === null) {
    return String(arg);
  }
  const { task, checkpointId, vertexId, subtask } = arg as Partial<
    CheckpointAcknowledgement & SubtaskAddress
  >;
  const address = task ?? { vertexId, subtask };
  const ofTask =
    address.vertexId === undefined ? '' : `${address.vertexId.slice(0, 4)}/${address.subtask}`;
  return `${ofTask}${checkpointId === undefined ? '' : ` ${checkpointId}`}`.trim();
}
