/**
 * An operator that takes no input for a while by chance, so that what comes through it, barriers
 * too, lags behind what comes another way.
 */
import { StreamMap } from '@millrace/runtime';
import type { SimulatedProcess } from './simulated-process.ts';

const STALL_PROBABILITY = 0.3;
const STALL_MS_MAX = 15;

export class StallingMap extends StreamMap<number, number> {
  private readonly process: SimulatedProcess;

  constructor(name: string, process: SimulatedProcess) {
    super({ name, fn: (record) => record });
    this.process = process;
  }

  override isAvailable(): Promise<void> | undefined {
    const { random } = this.process;
    return random.next() < STALL_PROBABILITY
      ? this.process.delay(random.nextInt(STALL_MS_MAX))
      : undefined;
  }
}
