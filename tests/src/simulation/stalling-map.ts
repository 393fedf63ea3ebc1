/**
 * An operator that takes no input for a while by chance, so that what comes through it, barriers
 * too, lags behind what comes another way.
 */
import { StreamMap } from '@millrace/runtime';
import type { SimulatedProcess } from './simulated-process.ts';

const STALL_PROBABILITY = 0.3;
const STALL_MS_MAX = 15;

export class StallingMap<T> extends StreamMap<T, T> {
  private readonly process: SimulatedProcess;
  private readonly untilMs: number;

  /** @param untilMs - simulated time after which it takes all there is */
  constructor(name: string, process: SimulatedProcess, untilMs: number = Number.POSITIVE_INFINITY) {
    super({ name, fn: (record) => record });
    this.process = process;
    this.untilMs = untilMs;
  }

  override isAvailable(): Promise<void> | undefined {
    const { random, clock } = this.process;
    return clock.now() < this.untilMs && random.next() < STALL_PROBABILITY
      ? this.process.delay(random.nextInt(STALL_MS_MAX))
      : undefined;
  }
}
