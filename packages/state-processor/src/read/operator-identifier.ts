/** Which operator of a snapshot is meant. Flink: OperatorIdentifier. */
import { ConfigError } from '@millrace/core';
import { operatorIdFromUid } from '@millrace/state';

export class OperatorIdentifier {
  /** What a snapshot knows the operator by: 32 hexadecimal digits. */
  readonly operatorId: string;
  readonly uid: string | undefined;

  private constructor(operatorId: string, uid: string | undefined) {
    this.operatorId = operatorId;
    this.uid = uid;
  }

  /** @param uid - what the program gives the operator with `uid()` */
  static forUid(uid: string): OperatorIdentifier {
    return new OperatorIdentifier(operatorIdFromUid(uid), uid);
  }

  /**
   * For operators without a uid, and where it is not known.
   *
   * @param uidHash - 32 hexadecimal digits
   * @throws ConfigError `CONFIG_VALUE_INVALID`
   */
  static forUidHash(uidHash: string): OperatorIdentifier {
    if (!/^[0-9a-fA-F]{32}$/.test(uidHash)) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `'${uidHash}' is no hash of a uid: it has 32 hexadecimal digits; for a uid call forUid`,
      );
    }
    return new OperatorIdentifier(uidHash.toLowerCase(), undefined);
  }

  toString(): string {
    return this.uid === undefined ? this.operatorId : `'${this.uid}' (${this.operatorId})`;
  }
}
