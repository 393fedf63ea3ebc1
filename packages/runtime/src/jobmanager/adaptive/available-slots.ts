/**
 * How many slots the process has for a job: known to who schedules it, and followed while it runs.
 *
 * Flink: DeclarativeSlotPool, which hears of TaskManagers that come and go.
 */
import { type Clock, ConfigError, type Timer } from '@millrace/core';

export class AvailableSlots {
  private current: number;
  private readonly listeners = new Set<() => void>();

  /** @param count - a whole number from 0; `Infinity` where nothing limits them */
  constructor(count: number) {
    this.current = checked(count);
  }

  get count(): number {
    return this.current;
  }

  /**
   * From now on there are so many. A job with `jobmanager.scheduler: Adaptive` follows, as its settings
   * say: one that has more gives them back at once.
   *
   * @param count - a whole number from 0; `Infinity` where nothing limits them
   * @throws ConfigError `CONFIG_VALUE_INVALID`
   *
   * Flink: starting and stopping TaskManagers.
   */
  resize(count: number): void {
    const changed = checked(count) !== this.current;
    this.current = count;
    for (const listener of changed ? [...this.listeners] : []) {
      listener();
    }
  }

  /** @returns ends the calls */
  onChanged(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}

function checked(count: number): number {
  if (count !== Number.POSITIVE_INFINITY && !(Number.isInteger(count) && count >= 0)) {
    throw new ConfigError(
      'CONFIG_VALUE_INVALID',
      `the number of slots is ${count}; use a whole number from 0 on`,
    );
  }
  return count;
}

/**
 * As many slots as the process may use processors: limits of a container, and affinities, change while
 * it runs.
 *
 * @returns ends it
 */
export function followProcessors(
  slots: AvailableSlots,
  parts: { readonly clock: Clock; readonly intervalMs: number; processors(): number },
): () => void {
  let timer: Timer | undefined;
  const schedule = (): void => {
    timer = parts.clock.setTimer(parts.intervalMs, () => {
      slots.resize(parts.processors());
      schedule();
    });
  };
  schedule();
  return () => timer?.cancel();
}
