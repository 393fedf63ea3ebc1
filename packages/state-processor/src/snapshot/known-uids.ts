/**
 * Which uid an operator has. A snapshot holds a hash of it only, so names come from a list of the
 * user's, from the file that snapshots of ours have, or from another operator's uid, which Flink
 * extends for operators of its own.
 */

import type { OperatorState } from '@millrace/state';
import { operatorIdFromUid } from '@millrace/state';
import type { OperatorNameSource } from './snapshot.ts';

export interface KnownUid {
  readonly uid: string | undefined;
  readonly uidFrom: OperatorNameSource | undefined;
}

/** What Flink names after the uid of a sink. */
const DERIVED: readonly ((uid: string) => string)[] = [
  (uid) => `Sink Committer: ${uid}`,
  (uid) => `Sink ${uid} Global Committer`,
];

/** By operator id; every operator has an entry. */
export function knownUids(
  operators: readonly OperatorState[],
  uids: readonly string[],
): ReadonlyMap<string, KnownUid> {
  const fromFile = operators.flatMap(({ uid }) => (uid === undefined ? [] : [uid]));
  const known = new Map<string, { uid: string; uidFrom: OperatorNameSource }>();
  for (const uid of [...fromFile, ...uids]) {
    for (const derive of DERIVED) {
      known.set(operatorIdFromUid(derive(uid)), { uid: derive(uid), uidFrom: 'derived' });
    }
  }
  for (const uid of uids) {
    known.set(operatorIdFromUid(uid), { uid, uidFrom: 'given' });
  }
  return new Map(
    operators.map(({ operatorId, uid }) => {
      const given = known.get(operatorId);
      const uidFrom = uid === undefined ? given?.uidFrom : 'file';
      return [operatorId, { uid: uid ?? given?.uid, uidFrom }];
    }),
  );
}
