import type { TypeSerializer } from './type-serializer.ts';

/**
 * A type as a value: `Types.STRING`, `Types.LIST(Types.LONG)`.
 *
 * Flink: TypeInformation.
 */
export interface TypeInformation<T> {
  /** For people: `Tuple2<String, Long>`. */
  readonly name: string;
  /** True when values can be keys: their hash is stable across processes. */
  readonly isKeyType: boolean;
  createSerializer(): TypeSerializer<T>;
}
