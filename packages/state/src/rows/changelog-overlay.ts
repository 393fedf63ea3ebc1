/**
 * The changes of one key group, applied in their order without what was materialized of it.
 *
 * Invariant: held is what the last changes left of each entry that was changed.
 *
 * Flink: ChangelogBackendLogApplier.
 */
import { readStateChangeOperation } from '../formats/changelog-change.ts';
import { FormatInput } from '../formats/format-input.ts';
import type { StateMetaInfoSnapshot } from '../formats/state-meta-info-snapshot.ts';
import { ChangeApplier, type ChangedKeys, StateOverlay } from './change-applier.ts';
import type { ChangelogStates, LoggedStates } from './changelog-states.ts';
import type { RowCodec } from './row-codec.ts';

/** Changes of one key group, each behind its length. */
export interface LoggedChanges {
  readonly states: LoggedStates;
  readonly changes: readonly Uint8Array[];
  /** Of each change, for messages. */
  readonly offsets: readonly number[];
  readonly source: string;
}

export class ChangelogOverlay {
  /** By state id. */
  readonly states: Map<number, StateOverlay> = new Map();
  private readonly known: ChangelogStates;
  private readonly codecs: readonly RowCodec[];
  private readonly keys: ChangedKeys;
  private readonly appliers = new Map<StateMetaInfoSnapshot, ChangeApplier>();

  constructor(
    known: ChangelogStates,
    of: {
      /** By state id, of the states' newest types. */
      readonly codecs: readonly RowCodec[];
      readonly keys: ChangedKeys;
    },
  ) {
    this.known = known;
    this.codecs = of.codecs;
    this.keys = of.keys;
  }

  apply({ states, changes, offsets, source }: LoggedChanges): void {
    for (const [index, change] of changes.entries()) {
      const input = new FormatInput(change, source, offsets[index]);
      const operation = readStateChangeOperation(input);
      const at = input.position;
      const loggedId = input.read('state id', (view) => view.readShort());
      const state = states.get(loggedId);
      if (state === undefined) {
        throw input.corrupt('state id', `no state ${loggedId} was named before`, at);
      }
      this.applierOf(state).apply(operation, input);
      input.expectEnd();
    }
  }

  private applierOf(state: StateMetaInfoSnapshot): ChangeApplier {
    let applier = this.appliers.get(state);
    if (applier === undefined) {
      const stateId = this.known.idOf(state);
      const overlay = this.states.get(stateId) ?? new StateOverlay();
      this.states.set(stateId, overlay);
      const codec = this.codecs[stateId]!;
      applier = new ChangeApplier(state, { overlay, codec, keys: this.keys });
      this.appliers.set(state, applier);
    }
    return applier;
  }
}
