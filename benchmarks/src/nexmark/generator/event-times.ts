/**
 * When the events of one generator happen, by their number.
 *
 * Nexmark: GeneratorConfig.timestampForEvent, nextAdjustedEventNumber and NexmarkUtils.RateShape.
 */
// Hot path.
import type { NexmarkConfiguration } from './nexmark-configuration.ts';

const SINE_STEPS = 10;
/** Scatters the events of a group, if it has no divisor in common with its size. */
const OUT_OF_ORDER_STEP = 953;

interface RateStep {
  readonly delayUs: number;
  readonly events: number;
  readonly lengthMs: number;
}

export class EventTimes {
  private readonly baseTime: number;
  private readonly groupSize: number;
  private readonly delayUs: number;
  /** Empty where the rate does not change. */
  private readonly steps: readonly RateStep[];
  private readonly cycleEvents: number;
  private readonly cycleMs: number;

  constructor(configuration: NexmarkConfiguration) {
    const { firstEventRate, nextEventRate } = configuration;
    this.baseTime = configuration.baseTime;
    this.groupSize = configuration.outOfOrderGroupSize;
    this.delayUs = delayUs(configuration, firstEventRate);
    this.steps = firstEventRate === nextEventRate ? [] : rateSteps(configuration);
    this.cycleEvents = this.steps.reduce((sum, step) => sum + step.events, 0);
    this.cycleMs = this.steps.reduce((sum, step) => sum + step.lengthMs, 0);
  }

  /** Event time of the event with this number. */
  timestampOf(eventNumber: number): number {
    if (this.steps.length > 0) {
      return this.timestampAtChangingRate(eventNumber);
    }
    return this.baseTime + Math.floor(Math.floor(eventNumber * this.delayUs) / 1000);
  }

  /** Number of the event that comes as `eventNumber`th: another of its group. */
  adjustedNumber(eventNumber: number): number {
    const size = this.groupSize;
    if (size === 1) {
      return eventNumber;
    }
    const group = Math.floor(eventNumber / size) * size;
    return group + ((eventNumber * OUT_OF_ORDER_STEP) % size);
  }

  private timestampAtChangingRate(eventNumber: number): number {
    const cycle = Math.floor(eventNumber / this.cycleEvents);
    let rest = eventNumber % this.cycleEvents;
    let timestamp = this.baseTime + cycle * this.cycleMs;
    for (const step of this.steps) {
      if (rest < step.events) {
        return timestamp + Math.floor(Math.floor(rest * step.delayUs) / 1000);
      }
      rest -= step.events;
      timestamp += step.lengthMs;
    }
    return timestamp;
  }
}

function rateSteps(configuration: NexmarkConfiguration): RateStep[] {
  const rates = stepRates(configuration);
  const stepSec = Math.ceil(configuration.ratePeriodSec / rates.length);
  return rates.map((rate) => {
    const delay = delayUs(configuration, rate);
    const events = Math.max(1, Math.floor((stepSec * 1_000_000) / delay));
    return { delayUs: delay, events, lengthMs: Math.floor((events * delay) / 1000) };
  });
}

function stepRates(configuration: NexmarkConfiguration): number[] {
  const { firstEventRate, nextEventRate, rateShape } = configuration;
  if (rateShape === 'SQUARE') {
    return [firstEventRate, nextEventRate];
  }
  const middle = (firstEventRate + nextEventRate) / 2;
  const amplitude = (firstEventRate - nextEventRate) / 2;
  return Array.from({ length: SINE_STEPS }, (_, i) =>
    Math.round(middle + amplitude * Math.cos((2 * Math.PI * i) / SINE_STEPS)),
  );
}

/** Between two events of one generator. */
function delayUs(configuration: NexmarkConfiguration, rate: number): number {
  return (1_000_000 / rate) * configuration.numEventGenerators;
}
