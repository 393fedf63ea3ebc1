import { ConfigError } from '../errors/errors.ts';
import { type Duration, durationMs } from './duration.ts';

/** How far a source may run ahead of the slowest one of its group. Flink: WatermarkAlignmentParams. */
export interface WatermarkAlignmentParams {
  readonly watermarkGroup: string;
  readonly maxAllowedWatermarkDriftMs: number;
  /** How often sources report and are told. */
  readonly updateIntervalMs: number;
}

/** @throws ConfigError `CONFIG_VALUE_INVALID` for no group, a bad duration or an interval of 0 */
export function watermarkAlignmentParams(
  watermarkGroup: string,
  durations: { readonly maxDrift: Duration; readonly updateInterval: Duration },
): WatermarkAlignmentParams {
  const updateIntervalMs = durationMs(
    durations.updateInterval,
    'the update interval of watermark alignment',
  );
  if (watermarkGroup === '') {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      'the watermark alignment group is empty; give the sources that belong together one name',
    );
  }
  if (updateIntervalMs === 0) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `the update interval of watermark alignment group '${watermarkGroup}' is 0; use a duration above 0, such as 1 s`,
    );
  }
  return {
    watermarkGroup,
    maxAllowedWatermarkDriftMs: durationMs(durations.maxDrift, 'the drift of watermark alignment'),
    updateIntervalMs,
  };
}
