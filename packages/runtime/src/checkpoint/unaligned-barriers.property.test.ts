import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BarrierAlignment } from './barrier-alignment.ts';
import { asUnaligned, type CheckpointBarrier } from './checkpoint-options.ts';

/** Channels of records, with the barriers of checkpoints 1, 2, … in between. */
type Channel = readonly ('record' | number)[];

interface Scenario {
  readonly channels: readonly Channel[];
  /** A channel, and what happens there: it is read, or its next barrier overtakes. */
  readonly steps: readonly { readonly channel: number; readonly overtakes: boolean }[];
  readonly timeouts: readonly number[];
}

const CHECKPOINTS = 4;

const channel: fc.Arbitrary<Channel> = fc
  .array(fc.nat(3), { minLength: CHECKPOINTS, maxLength: CHECKPOINTS })
  .map((gaps) =>
    gaps.flatMap((records, i) => [
      ...Array.from({ length: records }, () => 'record' as const),
      i + 1,
    ]),
  );

const scenario: fc.Arbitrary<Scenario> = fc.record({
  channels: fc.array(channel, { minLength: 1, maxLength: 4 }),
  steps: fc.array(fc.record({ channel: fc.nat(1000), overtakes: fc.boolean() }), {
    minLength: 8,
    maxLength: 60,
  }),
  timeouts: fc.array(fc.integer({ min: 1, max: CHECKPOINTS }), { maxLength: 3 }),
});

function barrier(checkpointId: number): CheckpointBarrier {
  return {
    checkpointId,
    timestamp: 0,
    snapshotType: {
      kind: 'checkpoint',
      name: 'Checkpoint',
      sharingFilesStrategy: 'forward-backward',
    },
    alignmentType: 'aligned',
    alignedTimeoutMs: 1_000_000,
  };
}

/** Plays the task around an alignment, and looks at what each checkpoint would hold. */
class Task {
  readonly started: number[] = [];
  readonly ended: number[] = [];
  private readonly scenario: Scenario;
  private readonly alignment: BarrierAlignment;
  private readonly read: number[];
  private readonly overtaken: Set<number>[];
  private readonly closed: boolean[];
  private readonly over = new Set<number>();

  constructor(scenario: Scenario, alignment: BarrierAlignment) {
    this.scenario = scenario;
    this.alignment = alignment;
    this.read = scenario.channels.map(() => 0);
    this.overtaken = scenario.channels.map(() => new Set());
    this.closed = scenario.channels.map(() => false);
  }

  run(): void {
    const { channels, steps, timeouts } = this.scenario;
    for (let step = 0; this.closed.includes(false); step++) {
      const { channel, overtakes } = steps[step % steps.length]!;
      const timeout = timeouts[step % 7];
      if (timeout !== undefined) {
        this.act(this.alignment.processAlignmentTimeout(timeout));
      }
      const candidates = [...channels.keys()].filter((c) => !this.closed[c]);
      const c = candidates[channel % candidates.length]!;
      if (overtakes && step < 200) {
        this.letOvertake(c);
      } else {
        const readable = candidates.filter((each) => !this.alignment.isBlocked(each));
        assert.ok(readable.length > 0, 'the task never waits for channels that are all blocked');
        this.readOne(readable[channel % readable.length]!);
      }
    }
    for (const id of this.started) {
      assert.ok(this.over.has(id), `checkpoint ${id} ends or is given up`);
    }
  }

  private letOvertake(c: number): void {
    const waiting = this.scenario.channels[c]!.slice(this.read[c]);
    const next = waiting.find((each) => typeof each === 'number' && !this.overtaken[c]!.has(each));
    if (typeof next === 'number') {
      this.overtaken[c]!.add(next);
      this.act(this.alignment.processBarrier(c, asUnaligned(barrier(next)), 0));
    }
  }

  private readOne(c: number): void {
    const element = this.scenario.channels[c]![this.read[c]!++];
    if (element === undefined) {
      this.closed[c] = true;
      this.act(this.alignment.processEndOfPartition(c, 0));
    } else if (element !== 'record') {
      this.act(this.alignment.processBarrier(c, barrier(element), 0));
    }
  }

  private act(decisions: ReturnType<BarrierAlignment['processEndOfPartition']>): void {
    for (const decision of decisions) {
      if (decision.kind === 'start-checkpoint' || decision.kind === 'start-unaligned') {
        const id = decision.barrier.checkpointId;
        assert.ok(id > (this.started.at(-1) ?? 0), 'ids of started checkpoints grow');
        this.started.push(id);
        const aligned =
          decision.kind === 'start-checkpoint'
            ? this.scenario.channels.map(() => true)
            : decision.aligned;
        this.checkCut(id, aligned);
        if (decision.kind === 'start-unaligned') {
          continue;
        }
        this.ended.push(id);
        this.over.add(id);
      } else {
        const { checkpointId: id } = decision;
        assert.ok(!this.over.has(id), `checkpoint ${id} ends or is given up once`);
        this.over.add(id);
        if (decision.kind === 'end-alignment') {
          assert.equal(this.started.at(-1), id, 'what ends has started');
          this.checkAllCame(id);
          this.ended.push(id);
        }
      }
    }
  }

  /** In flight is what a channel holds from here to its barrier: so nothing behind it was read. */
  private checkCut(id: number, aligned: readonly boolean[]): void {
    this.scenario.channels.forEach((elements, c) => {
      const position = elements.indexOf(id);
      const beyond = elements.slice(position + 1, this.read[c]).filter((e) => e === 'record');
      assert.deepEqual(beyond, [], 'no record behind the barrier is in the snapshot');
      if (aligned[c]) {
        const missing = elements.slice(this.read[c], position + 1).filter((e) => e === 'record');
        assert.deepEqual(missing, [], 'nothing is in flight before a barrier that came in order');
      }
    });
  }

  private checkAllCame(id: number): void {
    this.scenario.channels.forEach((elements, c) => {
      const cameInOrder = this.read[c]! > elements.indexOf(id);
      assert.ok(cameInOrder || this.overtaken[c]!.has(id), 'the last barrier has come');
    });
  }
}

describe('barriers that overtake, in any order of arrival', () => {
  it('leave each record before them to the state or to what is in flight, once', () => {
    fc.assert(
      fc.property(scenario, (each) => {
        const numberOfChannels = each.channels.length;
        new Task(each, new BarrierAlignment({ numberOfChannels, mode: 'EXACTLY_ONCE' })).run();
      }),
      { numRuns: 3000 },
    );
  });

  it('are found broken when a channel goes on unblocked while others align (canary)', () => {
    class Unblocked extends BarrierAlignment {
      override isBlocked(): boolean {
        return false;
      }
    }

    const result = fc.check(
      fc.property(scenario, (each) => {
        const numberOfChannels = each.channels.length;
        new Task(each, new Unblocked({ numberOfChannels, mode: 'EXACTLY_ONCE' })).run();
      }),
      { numRuns: 3000 },
    );

    assert.equal(result.failed, true);
  });
});
