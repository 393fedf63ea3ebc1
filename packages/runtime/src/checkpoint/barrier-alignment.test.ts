import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AlignmentDecision, BarrierAlignment } from './barrier-alignment.ts';
import {
  asUnaligned,
  type CheckpointBarrier,
  type CheckpointingMode,
} from './checkpoint-options.ts';

function barrier(checkpointId: number, timestamp = 0): CheckpointBarrier {
  return {
    checkpointId,
    timestamp,
    snapshotType: {
      kind: 'checkpoint',
      name: 'Checkpoint',
      sharingFilesStrategy: 'forward-backward',
    },
  };
}

function gate(numberOfChannels: number, mode: CheckpointingMode = 'EXACTLY_ONCE') {
  return new BarrierAlignment({ numberOfChannels, mode });
}

/** Overtakes `timeoutMs` after the trigger. */
function timeoutable(checkpointId: number, timeoutMs: number): CheckpointBarrier {
  return { ...barrier(checkpointId), alignmentType: 'aligned', alignedTimeoutMs: timeoutMs };
}

/** `start 7`, `abort 6 subsumed`, `start 7 unaligned after 0 2`, with the channels that were aligned. */
function words(decisions: readonly AlignmentDecision[]): string[] {
  return decisions.map(word);
}

function word(d: AlignmentDecision): string {
  switch (d.kind) {
    case 'abort':
      return `abort ${d.checkpointId} ${d.reason}`;
    case 'start-checkpoint':
      return `start ${d.barrier.checkpointId}`;
    case 'start-unaligned': {
      const aligned = d.aligned.flatMap((each, channel) => (each ? [channel] : []));
      return [`start ${d.barrier.checkpointId} unaligned after`, ...aligned].join(' ');
    }
    case 'end-alignment':
      return `end ${d.checkpointId}`;
  }
}

function blockedChannels(alignment: BarrierAlignment): number[] {
  const channels = Array.from({ length: alignment.numberOfChannels }, (_, channel) => channel);
  return channels.filter((channel) => alignment.isBlocked(channel));
}

describe('barrier alignment, exactly once', () => {
  it('blocks a channel from its barrier until the last barrier comes', () => {
    const alignment = gate(3);

    const first = alignment.processBarrier(0, barrier(7), 100);
    const second = alignment.processBarrier(2, barrier(7), 110);

    assert.deepEqual([words(first), words(second)], [[], []]);
    assert.deepEqual(blockedChannels(alignment), [0, 2]);
    assert.deepEqual(words(alignment.processBarrier(1, barrier(7), 130)), ['start 7']);
    assert.deepEqual(blockedChannels(alignment), []);
  });

  it('measures the delay to the first barrier and from it to the last', () => {
    const alignment = gate(2);
    alignment.processBarrier(0, barrier(7, 60), 100);

    const decisions = alignment.processBarrier(1, barrier(7, 60), 130);

    assert.deepEqual(decisions, [
      {
        kind: 'start-checkpoint',
        barrier: barrier(7, 60),
        alignmentDurationMs: 30,
        startDelayMs: 40,
      },
    ]);
  });

  it('starts at once, with no alignment, when there is one channel', () => {
    const alignment = gate(1);

    const decisions = alignment.processBarrier(0, barrier(1), 5);

    assert.deepEqual(words(decisions), ['start 1']);
    assert.equal(alignment.isBlocked(0), false);
  });

  it('lets a newer barrier cancel the older one and unblock its channels', () => {
    const alignment = gate(3);
    alignment.processBarrier(0, barrier(7), 0);

    const decisions = alignment.processBarrier(1, barrier(8), 1);

    assert.deepEqual(words(decisions), ['abort 7 subsumed']);
    assert.deepEqual(blockedChannels(alignment), [1]);
  });

  it('ignores a barrier of a checkpoint that was overtaken or aborted', () => {
    const alignment = gate(2);
    alignment.processBarrier(0, barrier(7), 0);
    alignment.processBarrier(1, barrier(8), 1);

    const decisions = alignment.processBarrier(0, barrier(7), 2);

    assert.deepEqual(words(decisions), []);
    assert.equal(alignment.isBlocked(0), false);
    assert.deepEqual(words(alignment.processBarrier(0, barrier(8), 3)), ['start 8']);
  });

  it('aborts and unblocks on a cancellation marker', () => {
    const alignment = gate(2);
    alignment.processBarrier(0, barrier(7), 0);

    const decisions = alignment.processCancellation(1, 7);

    assert.deepEqual(words(decisions), ['abort 7 cancelled']);
    assert.deepEqual(blockedChannels(alignment), []);
  });

  it('passes on a cancellation marker that comes before any barrier, once', () => {
    const alignment = gate(2);

    const first = alignment.processCancellation(0, 7);
    const second = alignment.processCancellation(1, 7);
    const late = alignment.processBarrier(1, barrier(7), 0);

    assert.deepEqual([words(first), words(second), words(late)], [['abort 7 cancelled'], [], []]);
  });

  it('lets a cancellation marker of a newer checkpoint abort the one that aligns', () => {
    const alignment = gate(2);
    alignment.processBarrier(0, barrier(7), 0);

    const decisions = alignment.processCancellation(1, 8);

    assert.deepEqual(words(decisions), ['abort 7 subsumed', 'abort 8 cancelled']);
    assert.deepEqual(blockedChannels(alignment), []);
  });

  it('ignores a cancellation marker of an older checkpoint', () => {
    const alignment = gate(2);
    alignment.processBarrier(0, barrier(7), 0);

    const decisions = alignment.processCancellation(1, 6);

    assert.deepEqual(words(decisions), []);
    assert.deepEqual(blockedChannels(alignment), [0]);
  });

  it('counts a channel that ends while others wait as aligned', () => {
    const alignment = gate(2);
    alignment.processBarrier(0, barrier(7), 0);

    const decisions = alignment.processEndOfPartition(1, 9);

    assert.deepEqual(words(decisions), ['start 7']);
    assert.equal(alignment.isBlocked(0), false);
  });

  it('waits only for channels that have not ended', () => {
    const alignment = gate(3);
    alignment.processEndOfPartition(2, 0);
    alignment.processBarrier(0, barrier(7), 0);

    const decisions = alignment.processBarrier(1, barrier(7), 1);

    assert.deepEqual(words(decisions), ['start 7']);
  });

  it('starts nothing when all channels end without a barrier', () => {
    const alignment = gate(2);

    const decisions = [
      alignment.processEndOfPartition(0, 0),
      alignment.processEndOfPartition(1, 0),
    ];

    assert.deepEqual(decisions, [[], []]);
  });

  it('unblocks when the coordinator gives up the checkpoint that aligns, and only that one', () => {
    const alignment = gate(2);
    alignment.processBarrier(0, barrier(7), 0);

    const other = alignment.processCheckpointAborted(9);
    const own = alignment.processCheckpointAborted(7);

    assert.deepEqual([words(other), words(own)], [[], ['abort 7 cancelled']]);
    assert.deepEqual(words(alignment.processBarrier(1, barrier(7), 1)), []);
  });

  it('takes a barrier from a blocked channel for a defect of the caller', () => {
    const alignment = gate(2);
    alignment.processBarrier(0, barrier(7), 0);

    assert.throws(() => alignment.processBarrier(0, barrier(8), 1), {
      code: 'INVARIANT_VIOLATED',
      message: 'broken invariant: nothing is taken from blocked channel 0',
    });
  });

  it('takes a barrier after the end of its channel for a defect of the caller', () => {
    const alignment = gate(2);
    alignment.processEndOfPartition(0, 0);

    assert.throws(() => alignment.processBarrier(0, barrier(8), 1), { code: 'INVARIANT_VIOLATED' });
  });
});

describe('barrier alignment, at least once', () => {
  it('blocks no channel and starts at the last barrier', () => {
    const alignment = gate(2, 'AT_LEAST_ONCE');

    const first = alignment.processBarrier(0, barrier(7), 0);

    assert.deepEqual(words(first), []);
    assert.equal(alignment.isBlocked(0), false);
    assert.deepEqual(words(alignment.processBarrier(1, barrier(7), 1)), ['start 7']);
  });

  it('follows several checkpoints at once when one channel is ahead', () => {
    const alignment = gate(2, 'AT_LEAST_ONCE');
    alignment.processBarrier(0, barrier(7), 0);
    alignment.processBarrier(0, barrier(8), 1);

    const seventh = alignment.processBarrier(1, barrier(7), 2);
    const eighth = alignment.processBarrier(1, barrier(8), 3);

    assert.deepEqual([words(seventh), words(eighth)], [['start 7'], ['start 8']]);
  });

  it('gives up an older checkpoint when a newer one starts before it', () => {
    const alignment = gate(2, 'AT_LEAST_ONCE');
    alignment.processBarrier(0, barrier(7), 0);
    alignment.processBarrier(0, barrier(8), 1);

    const decisions = alignment.processBarrier(1, barrier(8), 2);

    assert.deepEqual(words(decisions), ['abort 7 subsumed', 'start 8']);
  });

  it('starts every checkpoint that a channel held back when that channel ends', () => {
    const alignment = gate(2, 'AT_LEAST_ONCE');
    alignment.processBarrier(0, barrier(7), 0);
    alignment.processBarrier(0, barrier(8), 1);

    const decisions = alignment.processEndOfPartition(1, 2);

    assert.deepEqual(words(decisions), ['start 7', 'start 8']);
  });

  it('gives up the oldest when more than 50 checkpoints align', () => {
    const alignment = gate(2, 'AT_LEAST_ONCE');
    for (let id = 1; id <= 50; id++) {
      alignment.processBarrier(0, barrier(id), id);
    }

    const decisions = alignment.processBarrier(0, barrier(51), 51);

    assert.deepEqual(words(decisions), ['abort 1 subsumed']);
  });
});

describe('barrier alignment, unaligned', () => {
  const unaligned = (id: number) => asUnaligned(barrier(id));

  it('starts at the first barrier that overtook, blocks nothing, and ends with the last', () => {
    const alignment = gate(3);

    const first = alignment.processBarrier(1, unaligned(7), 100);
    const second = alignment.processBarrier(0, unaligned(7), 110);
    const last = alignment.processBarrier(2, unaligned(7), 130);

    assert.deepEqual([first, second, last].map(words), [
      ['start 7 unaligned after'],
      [],
      ['end 7'],
    ]);
    assert.deepEqual(blockedChannels(alignment), []);
  });

  it('starts and ends at once when there is one channel', () => {
    const alignment = gate(1);

    const decisions = alignment.processBarrier(0, unaligned(7), 0);

    assert.deepEqual(words(decisions), ['start 7 unaligned after', 'end 7']);
  });

  it('starts when a barrier overtakes while others wait in order, and frees their channels', () => {
    const alignment = gate(3);
    alignment.processBarrier(0, timeoutable(7, 50), 10);

    const decisions = alignment.processBarrier(1, asUnaligned(timeoutable(7, 50)), 61);

    assert.deepEqual(words(decisions), ['start 7 unaligned after 0']);
    assert.deepEqual(blockedChannels(alignment), []);
  });

  it('starts unaligned when its timeout is over and some barriers have come', () => {
    const alignment = gate(2);
    alignment.processBarrier(0, timeoutable(7, 50), 10);

    const other = alignment.processAlignmentTimeout(6);
    const own = alignment.processAlignmentTimeout(7);
    const again = alignment.processAlignmentTimeout(7);

    assert.deepEqual([other, own, again].map(words), [[], ['start 7 unaligned after 0'], []]);
    assert.deepEqual(blockedChannels(alignment), []);
  });

  it('starts unaligned with a barrier that comes later than its timeout, unless it is the last', () => {
    const late = gate(2);
    const last = gate(2);
    last.processBarrier(0, timeoutable(7, 50), 40);

    assert.deepEqual(words(late.processBarrier(0, timeoutable(7, 50), 51)), [
      'start 7 unaligned after 0',
    ]);
    assert.deepEqual(words(last.processBarrier(1, timeoutable(7, 50), 60)), ['start 7']);
  });

  it('waits for a barrier whose edge is never overtaken, however late', () => {
    const alignment = gate(2);
    const forced = { ...timeoutable(7, 0), alignmentType: 'forced-aligned' } as const;

    assert.deepEqual(words(alignment.processBarrier(0, forced, 99_999)), []);
    assert.deepEqual(blockedChannels(alignment), [0]);
    assert.deepEqual(words(alignment.processBarrier(1, forced, 100_000)), ['start 7']);
  });

  it('ignores a barrier that has come already, when it is read in its old place', () => {
    const alignment = gate(2);
    alignment.processBarrier(0, unaligned(7), 0);

    const decisions = alignment.processBarrier(0, timeoutable(7, 50), 1);

    assert.deepEqual(words(decisions), []);
    assert.deepEqual(blockedChannels(alignment), []);
  });

  it('ends with a channel that ends', () => {
    const alignment = gate(2);
    alignment.processBarrier(0, unaligned(7), 0);

    assert.deepEqual(words(alignment.processEndOfPartition(1, 5)), ['end 7']);
  });

  it('lets a newer barrier give up the one that is not complete', () => {
    const alignment = gate(2);
    alignment.processBarrier(0, unaligned(7), 0);

    const decisions = alignment.processBarrier(0, unaligned(8), 5);

    assert.deepEqual(words(decisions), ['abort 7 subsumed', 'start 8 unaligned after']);
    assert.deepEqual(words(alignment.processBarrier(1, unaligned(7), 6)), []);
    assert.deepEqual(words(alignment.processBarrier(1, unaligned(8), 7)), ['end 8']);
  });

  it('lets a barrier that overtakes free a channel that waits for an older checkpoint', () => {
    const alignment = gate(2);
    alignment.processBarrier(0, barrier(7), 0);

    const decisions = alignment.processBarrier(0, unaligned(8), 5);

    assert.deepEqual(words(decisions), ['abort 7 subsumed', 'start 8 unaligned after']);
    assert.deepEqual(blockedChannels(alignment), []);
  });

  it('is given up after its start by the coordinator, until its last barrier has come', () => {
    const alignment = gate(2);
    alignment.processBarrier(0, unaligned(7), 0);

    assert.deepEqual(words(alignment.processCheckpointAborted(7)), ['abort 7 cancelled']);
    assert.deepEqual(words(alignment.processBarrier(1, unaligned(7), 1)), []);
    assert.deepEqual(words(alignment.processCheckpointAborted(7)), []);
  });
});
