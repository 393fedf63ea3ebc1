/**
 * What the keys of a keyed backend have in common, whatever it keeps for each: identity, key group, and
 * what is wrong with them.
 */
// Hot path.
import {
  ConfigError,
  type KeyGroupRange,
  keyGroupForKeyHash,
  keyIdentityOf,
  type TypeSerializer,
} from '@millrace/core';
import { checkKey, type KeyedOperator, notAKey, surelyFits } from './declared-type.ts';
import { describeOperator } from './serializer-verdict.ts';

export abstract class CurrentKey<K> {
  readonly keyGroupRange: KeyGroupRange;
  readonly serializer: TypeSerializer<K>;
  readonly numberOfKeyGroups: number;
  protected readonly identityOf: (key: K) => unknown;
  /** For messages. */
  readonly operator: KeyedOperator;
  private readonly surelyFits: (key: unknown) => boolean;

  constructor(
    serializer: TypeSerializer<K>,
    keyGroupRange: KeyGroupRange,
    numberOfKeyGroups: number,
    operator: KeyedOperator,
  ) {
    this.serializer = serializer;
    this.keyGroupRange = keyGroupRange;
    this.numberOfKeyGroups = numberOfKeyGroups;
    this.operator = operator;
    const identityOf = keyIdentityOf(serializer);
    if (serializer.keyIdentity === undefined) {
      this.identityOf = (key) => {
        try {
          return identityOf(key);
        } catch (error) {
          throw notAKey(key, { serializer, operator, error });
        }
      };
      this.surelyFits = () => true;
    } else {
      this.identityOf = identityOf;
      this.surelyFits = surelyFits(serializer);
    }
  }

  /** Index of a key group in arrays over this backend's range. @throws ConfigError `KEY_NOT_DETERMINISTIC` */
  groupIndex(keyGroup: number): number {
    if (!this.keyGroupRange.contains(keyGroup)) {
      throw new ConfigError(
        'KEY_NOT_DETERMINISTIC',
        `${describeOperator(this.operator)} holds the key groups ${this.keyGroupRange}, but a key is of group ${keyGroup}: the key selector gave two keys for one record, or a key whose hash changed; give equal keys for equal records and change no key after it was given`,
      );
    }
    return keyGroup - this.keyGroupRange.startKeyGroup;
  }

  /** Of state that is not found by its key any more. */
  keyChanged(): ConfigError {
    return new ConfigError(
      'KEY_NOT_DETERMINISTIC',
      `${describeOperator(this.operator)} has state of a key, or of a namespace, that is another one now: its object was changed after it was given; give a new object for each key`,
    );
  }

  /** Of a key that may be a new one. @throws ConfigError `VALUE_NOT_SERIALIZABLE` for one of another type than declared */
  protected computedKeyGroup(key: K): number {
    if (!this.surelyFits(key)) {
      checkKey(key, this.serializer, this.operator);
    }
    return keyGroupForKeyHash(this.serializer.hashCode(key), this.numberOfKeyGroups);
  }

  protected noCurrentKey(): ConfigError {
    return new ConfigError(
      'NO_CURRENT_KEY',
      'keyed state was used while no key is set; use it in the functions that get a record of a keyed stream or a timer, not in open(); for a broadcast record, in applyToKeyedState',
    );
  }
}
