/**
 * User keys of maps as they stand in columns, and how they are found again.
 *
 * Invariant: a slot is a user key that is its own identity, or says its identity.
 */
// Hot path.
import { keyIdentityOf, type TypeSerializer } from '@millrace/core';

/** A user key that is not its own identity. */
class IdentifiedKey {
  readonly identity: unknown;
  readonly userKey: unknown;

  constructor(identity: unknown, userKey: unknown) {
    this.identity = identity;
    this.userKey = userKey;
  }
}

/** Primitive user keys are their own slots. */
export function slotOf(userKey: unknown, identity: unknown): unknown {
  return identity === userKey ? userKey : new IdentifiedKey(identity, userKey);
}

export function userKeyOf(slot: unknown): unknown {
  return typeof slot === 'object' ? (slot as IdentifiedKey).userKey : slot;
}

export function identityOfSlot(slot: unknown): unknown {
  return typeof slot === 'object' ? (slot as IdentifiedKey).identity : slot;
}

/** True of the slot of the user key with this identity. */
export function isUserKey(slot: unknown, identity: unknown): boolean {
  return slot === identity || (typeof slot === 'object' && isOf(slot, identity));
}

const NOT_A_NUMBER = Symbol('NaN');

/** As `keyIdentityOf`, but equal by `===`: that of NaN, too. */
export function userKeyIdentityOf<UK>(serializer: TypeSerializer<UK>): (userKey: UK) => unknown {
  const identityOf = keyIdentityOf(serializer);
  return (userKey) => {
    const identity = identityOf(userKey);
    return Number.isNaN(identity) ? NOT_A_NUMBER : identity;
  };
}

function isOf(slot: unknown, identity: unknown): boolean {
  return (slot as IdentifiedKey).identity === identity;
}
