/**
 * When a job starts with the slots that there are, and when it goes on with others.
 *
 * Pure: facts in, decisions out. Flink: WaitingForResources, Executing,
 * EnforceMinimalIncreaseRescalingController, EnforceParallelismChangeRescalingController.
 */
import { ConfigError } from '@millrace/core';
import type { VertexParallelism } from '../../graph/rescaled-job-graph.ts';

/** Durations in ms; `Infinity`: never. */
export interface ScalingSettings {
  /** A start waits no longer for all slots that the job could use. */
  readonly resourceWaitTimeoutMs: number;
  /** With fewer it starts once they have not changed for so long. */
  readonly resourceStabilizationTimeoutMs: number;
  /** At least so many subtasks more of one vertex are worth a rescale. */
  readonly minParallelismIncrease: number;
  readonly scalingIntervalMinMs: number;
  /** From then on any change is worth one. */
  readonly scalingIntervalMaxMs: number;
}

/** Times are ms of one clock. */
export interface WaitingFacts {
  readonly now: number;
  readonly waitingSince: number;
  /** When the slots last changed, or what the job needs. */
  readonly unchangedSince: number;
  /** With the slots of now; `undefined` where they do not suffice. */
  readonly possible: VertexParallelism | undefined;
  /** With any number of slots. */
  readonly desired: VertexParallelism;
}

export type WaitingDecision =
  | { readonly kind: 'start'; readonly parallelism: VertexParallelism }
  /** Nothing happens before, unless a fact changes; `Infinity`: nothing at all. */
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'give-up' };

export function decideStart(facts: WaitingFacts, settings: ScalingSettings): WaitingDecision {
  const { now, waitingSince, unchangedSince, possible, desired } = facts;
  const timeoutAt = waitingSince + settings.resourceWaitTimeoutMs;
  if (possible === undefined) {
    return now >= timeoutAt ? { kind: 'give-up' } : { kind: 'wait', untilMs: timeoutAt };
  }
  const startAt = Math.min(timeoutAt, unchangedSince + settings.resourceStabilizationTimeoutMs);
  return now >= startAt || isSame(possible, desired)
    ? { kind: 'start', parallelism: possible }
    : { kind: 'wait', untilMs: startAt };
}

export interface ExecutingFacts {
  readonly now: number;
  readonly current: VertexParallelism;
  readonly target: VertexParallelism | undefined;
  /** The job has more slots than there are now. */
  readonly lacksSlots: boolean;
  /** The parallelisms of now are not within what the user asks for. */
  readonly isOutOfBounds: boolean;
  /** When it came to its parallelisms; `-Infinity` where it has started with them. */
  readonly rescaledAt: number;
  readonly runningSince: number;
}

export type ExecutingDecision =
  | { readonly kind: 'rescale'; readonly parallelism: VertexParallelism }
  | { readonly kind: 'wait'; readonly untilMs: number };

export function decideRescale(facts: ExecutingFacts, settings: ScalingSettings): ExecutingDecision {
  const { now, current, target, lacksSlots, isOutOfBounds, rescaledAt, runningSince } = facts;
  if (target === undefined || isSame(current, target)) {
    return { kind: 'wait', untilMs: Number.POSITIVE_INFINITY };
  }
  const earliest = rescaledAt + settings.scalingIntervalMinMs;
  const forcedAt = Math.max(rescaledAt, runningSince) + settings.scalingIntervalMaxMs;
  const pays = isOutOfBounds || isWorthIt(current, target, settings.minParallelismIncrease);
  const at = lacksSlots ? now : Math.max(earliest, pays ? now : forcedAt);
  return now >= at ? { kind: 'rescale', parallelism: target } : { kind: 'wait', untilMs: at };
}

/** Fewer are always worth it: their slots are wanted elsewhere, or are gone. */
function isWorthIt(
  current: VertexParallelism,
  target: VertexParallelism,
  minParallelismIncrease: number,
): boolean {
  return [...target].some(([id, count]) => {
    const change = count - current.get(id)!;
    return change < 0 || change >= minParallelismIncrease;
  });
}

function isSame(one: VertexParallelism, other: VertexParallelism): boolean {
  return [...one].every(([id, count]) => other.get(id) === count);
}

/** @throws ConfigError `CONFIG_VALUE_INVALID` where the least gap of two rescales is above the largest */
export function checkScalingSettings(settings: ScalingSettings): void {
  const { scalingIntervalMinMs: min, scalingIntervalMaxMs: max } = settings;
  if (max <= min) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `jobmanager.adaptive-scheduler.scaling-interval.max is ${max} ms, and .min ${min} ms; make the ` +
        'former larger, or leave it out',
    );
  }
}
