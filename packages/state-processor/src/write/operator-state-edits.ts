/** Edits of operator state: entries of broadcast maps, and whole states. */
import {
  ConfigError,
  type KeyIdentity,
  keyIdentityOf,
  type TypeSerializerSnapshot,
} from '@millrace/core';
import type { StateMetaInfoSnapshot } from '@millrace/state';
import { requireSerializerSnapshot } from '@millrace/state';
import { valueFromJson } from '../snapshot/value-from-json.ts';
import type { OperatorStateChanges } from './rewrite-operator-state.ts';
import type { DeleteEntry, EditResult, SetEntry } from './snapshot-edit.ts';

type Change = {
  readonly key: unknown;
  readonly identity: KeyIdentity;
  readonly value: unknown;
  readonly isDeleted: boolean;
  readonly result: EditResult;
};

export class OperatorStateEdits implements OperatorStateChanges {
  private readonly deletedStates: Set<string> = new Set();
  /** By state, then by the identity of the key: of two edits of one entry the later counts. */
  private readonly changes: Map<string, Map<KeyIdentity, Change>> = new Map();
  private readonly identities: Map<string, (key: unknown) => KeyIdentity> = new Map();
  /** Every subtask has a copy of a broadcast map: an edit counts once. */
  private readonly counted: Set<string> = new Set();

  deleteState(name: string): void {
    this.deletedStates.add(name);
  }

  /** @throws ConfigError `VALUE_NOT_SERIALIZABLE`; `UNSUPPORTED` for a list */
  add(edit: SetEntry | DeleteEntry, state: StateMetaInfoSnapshot, result: EditResult): void {
    if (state.backendStateType !== 'BROADCAST') {
      throw new ConfigError(
        'UNSUPPORTED',
        `'${edit.state}' is a list of operator state, whose items have no keys; delete the state, or ` +
          'write the operator anew with a SavepointWriter',
      );
    }
    const keys = requireSerializerSnapshot(state, 'KEY_SERIALIZER');
    const identityOf = keyIdentityOf(keys.restoreSerializer());
    this.identities.set(edit.state, identityOf);
    const key = valueFromJson(keys, edit.key, 'key');
    const change = {
      key,
      identity: identityOf(key),
      value: edit.kind === 'set' ? this.valueOf(state, edit.value) : undefined,
      isDeleted: edit.kind === 'delete',
      result,
    };
    const changes = this.changes.get(edit.state) ?? new Map<KeyIdentity, Change>();
    this.changes.set(edit.state, changes);
    changes.delete(change.identity); // New entries stand in the order of the edits.
    changes.set(change.identity, change);
  }

  keepsState(name: string): boolean {
    return !this.deletedStates.has(name);
  }

  entriesOf(name: string, entries: ReadonlyMap<unknown, unknown>): ReadonlyMap<unknown, unknown> {
    const identityOf = this.identities.get(name);
    if (identityOf === undefined) {
      return entries;
    }
    const byIdentity = new Map([...entries].map((entry) => [identityOf(entry[0]), entry] as const));
    const isFirst = !this.counted.has(name);
    this.counted.add(name);
    for (const change of this.changes.get(name)?.values() ?? []) {
      const wasThere = byIdentity.has(change.identity);
      if (change.isDeleted) {
        byIdentity.delete(change.identity);
      } else {
        byIdentity.set(change.identity, [change.key, change.value]);
      }
      if (isFirst) {
        change.result.removed += Number(change.isDeleted && wasThere);
        change.result.replaced += Number(!change.isDeleted && wasThere);
        change.result.added += Number(!change.isDeleted && !wasThere);
      }
    }
    return new Map(byIdentity.values());
  }

  private valueOf(state: StateMetaInfoSnapshot, json: unknown): unknown {
    const values: TypeSerializerSnapshot<unknown> = requireSerializerSnapshot(
      state,
      'VALUE_SERIALIZER',
    );
    return valueFromJson(values, json);
  }
}
