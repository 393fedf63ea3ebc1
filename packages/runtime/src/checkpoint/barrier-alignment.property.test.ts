import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BarrierAlignment } from './barrier-alignment.ts';
import type { CheckpointingMode } from './checkpoint-options.ts';

type Element =
  | { readonly kind: 'record' }
  | { readonly kind: 'barrier'; readonly id: number }
  | { readonly kind: 'cancel'; readonly id: number };

interface Scenario {
  /** What each channel sends, its end excluded. */
  readonly channels: readonly (readonly Element[])[];
  /** Which of the readable channels is read next. */
  readonly choices: readonly number[];
}

const CHECKPOINTS = 5;

/** Each channel says a word on each checkpoint in turn: a barrier, or rarely a cancellation. */
const channel: fc.Arbitrary<Element[]> = fc
  .array(fc.record({ records: fc.nat(3), cancels: fc.nat(9).map((n) => n === 0) }), {
    maxLength: CHECKPOINTS,
  })
  .map((rounds) =>
    rounds.flatMap(({ records, cancels }, index): Element[] => [
      ...Array.from({ length: records }, (): Element => ({ kind: 'record' })),
      { kind: cancels ? 'cancel' : 'barrier', id: index + 1 },
    ]),
  );

const scenario: fc.Arbitrary<Scenario> = fc.record({
  channels: fc.array(channel, { minLength: 1, maxLength: 4 }),
  choices: fc.array(fc.nat(1000), { minLength: 8, maxLength: 40 }),
});

/** Runs a task's input over the scenario and checks every start against the channels' contents. */
function run({ channels, choices }: Scenario, alignment: BarrierAlignment): number[] {
  const exactlyOnce = alignment.mode === 'EXACTLY_ONCE';
  const read = channels.map(() => 0);
  const ended = channels.map(() => false);
  const closed = new Set<number>();
  const started: number[] = [];

  for (let step = 0; ended.includes(false); step++) {
    const readable = [...channels.keys()].filter((c) => !ended[c] && !alignment.isBlocked(c));
    assert.ok(readable.length > 0, 'the task never waits for channels that are all blocked');
    const c = readable[choices[step % choices.length]! % readable.length]!;
    const element = channels[c]![read[c]!];
    read[c]!++;
    if (element?.kind === 'record') {
      continue;
    }
    ended[c] = element === undefined;
    const decisions =
      element === undefined
        ? alignment.processEndOfPartition(c, step)
        : element.kind === 'cancel'
          ? alignment.processCancellation(c, element.id)
          : alignment.processBarrier(c, barrier(element.id), step);
    for (const decision of decisions) {
      assert.ok(decision.kind === 'abort' || decision.kind === 'start-checkpoint');
      const id = decision.kind === 'abort' ? decision.checkpointId : decision.barrier.checkpointId;
      assert.ok(!closed.has(id), `checkpoint ${id} is started or aborted once`);
      closed.add(id);
      if (decision.kind === 'start-checkpoint') {
        assert.ok(id > (started.at(-1) ?? 0), 'ids of started checkpoints grow');
        started.push(id);
        for (const [other, elements] of channels.entries()) {
          checkConsistent(elements, read[other]!, id, exactlyOnce);
        }
      }
    }
  }
  const isBlocked = [...channels.keys()].some((channel) => alignment.isBlocked(channel));
  assert.equal(isBlocked, false, 'nothing waits after the end of all channels');
  return started;
}

/** What was read of a channel when checkpoint `id` starts. */
function checkConsistent(
  elements: readonly Element[],
  read: number,
  id: number,
  exactlyOnce: boolean,
): void {
  const position = elements.findIndex((e) => e.kind === 'barrier' && e.id === id);
  const expected = position === -1 ? elements.length : position + 1;
  if (exactlyOnce) {
    const beyond = elements.slice(expected, read).filter((e) => e.kind === 'record');
    assert.deepEqual(beyond, [], 'no record behind the barrier is in the snapshot');
  }
  const missing = elements.slice(read, expected).filter((e) => e.kind === 'record');
  assert.deepEqual(missing, [], 'every record before the barrier is in the snapshot');
}

function barrier(checkpointId: number) {
  return {
    checkpointId,
    timestamp: 0,
    snapshotType: {
      kind: 'checkpoint',
      name: 'Checkpoint',
      sharingFilesStrategy: 'forward-backward',
    },
  } as const;
}

function align({ channels }: Scenario, mode: CheckpointingMode): BarrierAlignment {
  return new BarrierAlignment({ numberOfChannels: channels.length, mode });
}

describe('barrier alignment, in any order of arrival', () => {
  for (const mode of ['EXACTLY_ONCE', 'AT_LEAST_ONCE'] as const) {
    it(`snapshots a consistent cut, ${mode}`, () => {
      fc.assert(
        fc.property(scenario, (input) => void run(input, align(input, mode))),
        { numRuns: 3000 },
      );
    });

    it(`starts every checkpoint for which all channels send a barrier, ${mode}`, () => {
      const whole = scenario.map(({ channels, choices }) => ({
        channels: channels.map((elements) => [
          ...elements.filter((e) => e.kind === 'record'),
          ...Array.from(
            { length: CHECKPOINTS },
            (_, i): Element => ({ kind: 'barrier', id: i + 1 }),
          ),
        ]),
        choices,
      }));

      fc.assert(
        fc.property(whole, (input) => {
          assert.deepEqual(run(input, align(input, mode)), [1, 2, 3, 4, 5]);
        }),
        { numRuns: 1000 },
      );
    });
  }

  it('is found broken when channels are not blocked (canary)', () => {
    class Unblocked extends BarrierAlignment {
      override isBlocked(): boolean {
        return false;
      }
    }

    const result = fc.check(
      fc.property(scenario, (input) => {
        const numberOfChannels = input.channels.length;
        run(input, new Unblocked({ numberOfChannels, mode: 'EXACTLY_ONCE' }));
      }),
      { numRuns: 3000 },
    );

    assert.equal(result.failed, true);
  });
});
