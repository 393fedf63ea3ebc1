import { ConfigError, type EventTimeStrategy } from '@millrace/core';

/**
 * Only a source can be held back. Flink ignores alignment elsewhere without a word.
 *
 * @throws ConfigError `UNSUPPORTED` for a strategy with watermark alignment
 */
export function refuseAlignment<T>({ alignmentParameters }: EventTimeStrategy<T>): void {
  if (alignmentParameters !== undefined) {
    throw new ConfigError(
      'UNSUPPORTED',
      `assignTimestampsAndWatermarks got a strategy with watermark alignment (group '${alignmentParameters.watermarkGroup}'), but only a source can be held back; give the strategy to fromSource`,
    );
  }
}
