/**
 * A decimal number of any size: `unscaled * 10^-scale`. As in Java, 1.0 and 1.00 differ.
 *
 * Java: java.math.BigDecimal.
 */
import { ConfigError } from '../errors/errors.ts';

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

export class BigDecimal {
  readonly unscaled: bigint;
  /** Digits after the point; negative for trailing zeros before it. A 32-bit integer. */
  readonly scale: number;

  constructor(unscaled: bigint, scale: number) {
    this.unscaled = unscaled;
    this.scale = scale;
  }

  /** @throws ConfigError `CONFIG_VALUE_INVALID` when `text` is not a decimal number */
  static of(text: string): BigDecimal {
    const match = DECIMAL.exec(text);
    const whole = match?.[2] ?? '';
    const fraction = match?.[3] ?? '';
    if (match === null || whole + fraction === '') {
      throw new ConfigError('CONFIG_VALUE_INVALID', `${text} is not a decimal number like -12.50`);
    }
    const magnitude = BigInt(whole + fraction);
    return new BigDecimal(
      match[1] === '-' ? -magnitude : magnitude,
      fraction.length - Number(match[4] ?? 0),
    );
  }

  equals(other: BigDecimal): boolean {
    return this.unscaled === other.unscaled && this.scale === other.scale;
  }

  /** Rounded to the nearest number that JavaScript has. */
  toNumber(): number {
    return Number(`${this.unscaled}e${-this.scale}`);
  }

  /** As Java's `toString`: plain, or with an exponent for tiny and for padded numbers. */
  toString(): string {
    const sign = this.unscaled < 0n ? '-' : '';
    const digits = String(this.unscaled < 0n ? -this.unscaled : this.unscaled);
    if (this.scale === 0) {
      return sign + digits;
    }
    const exponent = digits.length - 1 - this.scale;
    if (this.scale > 0 && exponent >= -6) {
      const padded = digits.padStart(this.scale + 1, '0');
      return `${sign}${padded.slice(0, -this.scale)}.${padded.slice(-this.scale)}`;
    }
    const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
    const power = exponent === 0 ? '' : `E${exponent > 0 ? '+' : ''}${exponent}`;
    return sign + mantissa + power;
  }
}
