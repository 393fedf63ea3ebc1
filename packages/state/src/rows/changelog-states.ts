/**
 * The states of a changelog: those of the materialized part and those that the log names, each by its
 * newest description, and what brings older bytes to it.
 *
 * Invariant: a state id is its place in `states`, whichever part of the snapshot named the state first.
 */
import {
  ConfigError,
  DataInputView,
  DataOutputView,
  type TypeSerializer,
  valueConversion,
} from '@millrace/core';
import type { FormatInput } from '../formats/format-input.ts';
import type { StateMetaInfoSnapshot } from '../formats/state-meta-info-snapshot.ts';

/** What the ids in the log mean, from some place of the log on. */
export type LoggedStates = ReadonlyMap<number, StateMetaInfoSnapshot>;

export class ChangelogStates {
  readonly states: StateMetaInfoSnapshot[] = [];
  private readonly ids = new Map<string, number>();

  /** Of a state of the materialized part, or of the log after it. */
  add(state: StateMetaInfoSnapshot, input?: FormatInput): number {
    const key = keyOf(state);
    const known = this.ids.get(key);
    if (known === undefined) {
      this.ids.set(key, this.states.length);
      return this.states.push(state) - 1;
    }
    const kind = this.states[known]?.options.get('KEYED_STATE_TYPE');
    if (kind !== state.options.get('KEYED_STATE_TYPE') && input !== undefined) {
      throw input.corrupt(`state '${state.name}'`, `it was a ${kind} state before`, 0);
    }
    this.states[known] = state;
    return known;
  }

  idOf(state: StateMetaInfoSnapshot): number {
    return this.ids.get(keyOf(state)) as number;
  }
}

/** A queue may have the name of a state. */
function keyOf(state: StateMetaInfoSnapshot): string {
  return `${state.backendStateType} ${state.name}`;
}

export type Translation = (bytes: Uint8Array) => Uint8Array;

/**
 * From bytes of an older type of a state to those of its newest; `undefined` where they are the same.
 *
 * @throws ConfigError `STATE_INCOMPATIBLE`
 */
export function translation(
  from: TypeSerializer<unknown>,
  to: TypeSerializer<unknown>,
  stateName: string,
): Translation | undefined {
  const [old, newest] = [from.snapshotConfiguration(), to.snapshotConfiguration()];
  const isSame =
    old.className === newest.className &&
    Buffer.from(snapshotBytes(from)).equals(snapshotBytes(to));
  if (isSame) {
    return undefined;
  }
  const verdict = newest.resolveSchemaCompatibility(old);
  if (verdict.kind === 'incompatible') {
    throw new ConfigError(
      'STATE_INCOMPATIBLE',
      `the changelog of state '${stateName}' changes its type from ${old.className} to ` +
        `${newest.className}, which cannot be done; restore another snapshot`,
    );
  }
  const convert = valueConversion(old, newest);
  const input = new DataInputView(new Uint8Array());
  const output = new DataOutputView();
  return (bytes) => {
    const value = from.deserialize(input.setBuffer(bytes));
    to.serialize(convert === undefined ? value : convert(value), output.reset());
    return output.copyBytes();
  };
}

function snapshotBytes(serializer: TypeSerializer<unknown>): Uint8Array {
  const output = new DataOutputView();
  serializer.snapshotConfiguration().writeSnapshot(output);
  return output.bytes();
}
