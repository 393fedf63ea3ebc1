import { ConfigError, type EventTimeStrategy } from '@millrace/core';
import { checkWatermarkStrategy } from './function-argument.ts';

/**
 * Only a source can be held back. Flink ignores alignment elsewhere without a word.
 *
 * @throws ConfigError `INVALID_GRAPH` for what is no strategy, `UNSUPPORTED` for a strategy with watermark alignment
 */
export function refuseAlignment<T>(strategy: EventTimeStrategy<T>): void {
  checkWatermarkStrategy('assignTimestampsAndWatermarks', strategy);
  const { alignmentParameters } = strategy;
  if (alignmentParameters !== undefined) {
    throw new ConfigError(
      'UNSUPPORTED',
      `assignTimestampsAndWatermarks got a strategy with watermark alignment (group '${alignmentParameters.watermarkGroup}'), but only a source can be held back; give the strategy to fromSource`,
    );
  }
}
