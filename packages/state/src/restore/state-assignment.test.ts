import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeyGroupRange, keyGroupRangeForOperatorIndex } from '@millrace/core';
import type { KeyedStateHandle } from '../snapshot/keyed-state-handle.ts';
import {
  type ChannelStateHandle,
  type CheckpointMetadata,
  EMPTY_SUBTASK_STATE,
  type OperatorState,
  type OperatorSubtaskState,
} from '../snapshot/operator-state.ts';
import { assignStates, type OperatorToRestore } from './state-assignment.ts';

const OPERATOR = 'aa'.repeat(16);

function bytes(handleName: string) {
  return { kind: 'byte-stream' as const, handleName, data: new Uint8Array(1) };
}

function keyed(range: KeyGroupRange): KeyedStateHandle {
  const offsets = Array.from(
    { length: range.numberOfKeyGroups },
    (_, i) => 1000 + range.startKeyGroup + i,
  );
  const stream = bytes(`kg ${range}`);
  return { kind: 'key-groups', keyGroupRange: range, offsets, stream, stateHandleId: 'id' };
}

/** An operator with one heap snapshot for each subtask. */
function operatorState(parallelism: number, change: Partial<OperatorState> = {}): OperatorState {
  const maxParallelism = change.maxParallelism ?? 128;
  const subtaskStates = new Map<number, OperatorSubtaskState>();
  for (let i = 0; i < parallelism; i++) {
    const range = keyGroupRangeForOperatorIndex(i, { parallelism, maxParallelism });
    subtaskStates.set(i, { ...EMPTY_SUBTASK_STATE, managedKeyedState: keyed(range) });
  }
  return {
    operatorId: OPERATOR,
    parallelism,
    maxParallelism,
    coordinatorState: undefined,
    fullyFinished: false,
    subtaskStates,
    ...change,
  };
}

function snapshot(...operatorStates: OperatorState[]): CheckpointMetadata {
  return { checkpointId: 1, operatorStates, masterStates: [], properties: undefined };
}

function operator(change: Partial<OperatorToRestore> = {}): OperatorToRestore {
  return {
    operatorId: OPERATOR,
    name: 'count',
    parallelism: 2,
    maxParallelism: 128,
    maxParallelismExplicit: false,
    ...change,
  };
}

const STRICT = { allowNonRestoredState: false };

describe('state assignment', () => {
  it('gives a subtask its own handle when the parallelism is unchanged', () => {
    const state = operatorState(2);

    const restored = assignStates(snapshot(state), [operator()], STRICT).get(OPERATOR);

    assert.equal(
      restored?.subtasks[1]?.managedKeyedState[0],
      state.subtaskStates.get(1)?.managedKeyedState,
    );
    assert.equal(restored?.restoredMaxParallelism, 128);
  });

  it('cuts the offsets of each handle to the key groups of a new subtask', () => {
    const assignment = assignStates(
      snapshot(operatorState(2)),
      [operator({ parallelism: 3 })],
      STRICT,
    );

    const middle = assignment.get(OPERATOR)?.subtasks[1]?.managedKeyedState;
    assert.deepEqual(
      middle?.map((handle) => handle.keyGroupRange),
      [new KeyGroupRange(43, 63), new KeyGroupRange(64, 85)],
    );
    const second = middle?.[1];
    assert.deepEqual(
      second?.kind === 'key-groups' && second.offsets,
      Array.from({ length: 22 }, (_, i) => 1064 + i),
    );
  });

  it('gives what two operators ask for to the first, by its uid hash or its own id', () => {
    const other = 'bb'.repeat(16);
    const byHash = operator({ operatorId: other, userProvidedHash: OPERATOR });

    for (const operators of [
      [byHash, operator()],
      [operator(), byHash],
    ]) {
      const assignment = assignStates(snapshot(operatorState(2)), operators, STRICT);
      assert.deepEqual([...assignment.keys()], [operators[0]?.operatorId]);
    }
  });

  it('hands out files that cannot be cut as a whole to all who need a part', () => {
    const whole: KeyedStateHandle = {
      kind: 'incremental-remote',
      checkpointId: 1,
      backendId: 'b',
      keyGroupRange: new KeyGroupRange(0, 127),
      checkpointedSizeBytes: -1,
      meta: bytes('meta'),
      shared: [],
      private: [],
      stateHandleId: 'id',
    };
    const state = operatorState(1, {
      subtaskStates: new Map([[0, { ...EMPTY_SUBTASK_STATE, managedKeyedState: whole }]]),
    });

    const assignment = assignStates(snapshot(state), [operator({ parallelism: 2 })], STRICT);

    for (const subtask of assignment.get(OPERATOR)?.subtasks ?? []) {
      assert.deepEqual(subtask.managedKeyedState, [whole]);
    }
  });

  it('prefers the hash that the user provided when the snapshot has it', () => {
    const other = 'bb'.repeat(16);
    const state = operatorState(2, { operatorId: other });

    const assignment = assignStates(
      snapshot(state),
      [operator({ userProvidedHash: other })],
      STRICT,
    );

    assert.equal(assignment.get(OPERATOR)?.subtasks[0]?.managedKeyedState.length, 1);
  });

  it('takes the generated id when the snapshot does not have the provided hash', () => {
    const assignment = assignStates(
      snapshot(operatorState(2)),
      [operator({ userProvidedHash: 'cc'.repeat(16) })],
      STRICT,
    );

    assert.equal(assignment.get(OPERATOR)?.subtasks.length, 2);
  });

  it('adopts the max parallelism of the snapshot when the program does not set one', () => {
    const state = operatorState(2, { maxParallelism: 300 });

    const assignment = assignStates(snapshot(state), [operator({ parallelism: 3 })], STRICT);

    const restored = assignment.get(OPERATOR);
    assert.equal(restored?.restoredMaxParallelism, 300);
    assert.deepEqual(
      restored?.subtasks[2]?.managedKeyedState.at(-1)?.keyGroupRange,
      new KeyGroupRange(200, 299),
    );
  });

  it('refuses another max parallelism that the program sets', () => {
    const set = operator({ maxParallelism: 64, maxParallelismExplicit: true });

    assert.throws(() => assignStates(snapshot(operatorState(2)), [set], STRICT), {
      code: 'MAX_PARALLELISM_MISMATCH',
      message: /'count' .* is set to 64, but its state was written with 128; set it to 128/,
    });
  });

  it('refuses a parallelism above the max parallelism of the state', () => {
    const state = operatorState(2, { maxParallelism: 4 });

    assert.throws(() => assignStates(snapshot(state), [operator({ parallelism: 5 })], STRICT), {
      code: 'PARALLELISM_OUT_OF_RANGE',
      message: /is 5, but its state was written with max parallelism 4; use 1 to 4/,
    });
  });

  it('refuses to drop state of an operator that the program does not have', () => {
    assert.throws(() => assignStates(snapshot(operatorState(2)), [], STRICT), {
      code: 'STATE_NOT_RESTORED',
      message: new RegExp(`${OPERATOR}.*ignore-unclaimed-state`),
    });
  });

  it('names those that the snapshot has names for, by uid where they have one', () => {
    const named = operatorState(2, { name: 'count', uid: 'counts' });
    const withoutUid = operatorState(2, { name: 'count' });

    for (const [state, label] of [
      [named, "'count' (uid 'counts');"],
      [withoutUid, `'count' (${OPERATOR});`],
    ] as const) {
      assert.throws(
        () => assignStates(snapshot(state), [], STRICT),
        (error: Error) => error.message.includes(`does not have: ${label} give the`),
      );
    }
  });

  it('drops it when that is allowed, and when there is none', () => {
    const empty = operatorState(0, { parallelism: 2 });

    const allowed = assignStates(snapshot(operatorState(2)), [], { allowNonRestoredState: true });
    const stateless = assignStates(snapshot(empty), [], STRICT);

    assert.equal(allowed.size, 0);
    assert.equal(stateless.size, 0);
  });

  it('starts an operator empty that the snapshot does not have', () => {
    const added = operator({ operatorId: 'dd'.repeat(16) });

    const assignment = assignStates(snapshot(operatorState(2)), [operator(), added], STRICT);

    assert.equal(assignment.has(added.operatorId), false);
  });

  it('keeps a finished operator finished, with its coordinator state', () => {
    const coordinatorState = bytes('coordinator');
    const state = operatorState(0, { parallelism: 2, fullyFinished: true, coordinatorState });

    const restored = assignStates(snapshot(state), [operator()], STRICT).get(OPERATOR);

    assert.equal(restored?.fullyFinished, true);
    assert.equal(restored?.coordinatorState, coordinatorState);
    assert.deepEqual(restored?.subtasks[0]?.managedKeyedState, []);
  });

  it('gives an operator the channel state of all its subtasks, and their number', () => {
    const state = inFlight([channel(0, 1), channel(1, 1)]);

    const restored = assignStates(snapshot(state), [operator({ parallelism: 3 })], STRICT);

    assert.deepEqual(restored.get(OPERATOR)?.channelState, {
      parallelism: 2,
      inputChannels: [channel(0, 1), channel(1, 1)],
      resultSubpartitions: [],
    });
  });

  for (const [what, operators] of [
    ['an operator less', []],
    ['an operator more', [operator(), operator({ operatorId: 'bb'.repeat(16) })]],
  ] as const) {
    it(`refuses records in flight for a program with ${what}, also where state may be dropped`, () => {
      const state = inFlight([channel(0, 1)]);
      const nothing = inFlight([channel(0, 0)]);
      const lenient = { allowNonRestoredState: true };

      assert.throws(() => assignStates(snapshot(state), operators, lenient), {
        code: 'CHANNEL_STATE_MISMATCH',
        message: /(operator aa\S+ is gone|operator 'count' \(bb\S+\) is new); restore it with/,
      });
      assert.doesNotThrow(() => assignStates(snapshot(nothing), operators, lenient));
    });
  }

  it('names the operator that is gone by what the snapshot calls it', () => {
    const named = { ...inFlight([channel(0, 1)]), name: 'count', uid: 'counts' };

    assert.throws(() => assignStates(snapshot(named), [], { allowNonRestoredState: true }), {
      code: 'CHANNEL_STATE_MISMATCH',
      message: /: operator 'count' \(uid 'counts'\) is gone; restore it with/,
    });
  });

  it('refuses channel state that names another subtask', () => {
    const state = operatorState(2, {
      subtaskStates: new Map([[0, { ...EMPTY_SUBTASK_STATE, inputChannelState: [channel(1, 1)] }]]),
    });

    assert.throws(() => assignStates(snapshot(state), [operator()], STRICT), {
      code: 'SNAPSHOT_CORRUPT',
      message: /subtask 0 of operator aa\S+ has channel state of subtask 1/,
    });
  });
});

/** With so many bytes in flight. */
function channel(subtaskIndex: number, length: number): ChannelStateHandle {
  const data = new Uint8Array(8 + length);
  return {
    subtaskIndex,
    partitionIndex: 0,
    channelIndex: 0,
    offsets: [4],
    sizeBytes: data.length,
    delegate: { kind: 'byte-stream', handleName: 'channel', data },
  };
}

function inFlight(channels: readonly ChannelStateHandle[]): OperatorState {
  const subtaskStates = new Map(
    channels.map((each) => [
      each.subtaskIndex,
      { ...EMPTY_SUBTASK_STATE, inputChannelState: [each] },
    ]),
  );
  return operatorState(2, { subtaskStates });
}
