/**
 * Whether a slot goes on, stands still or is dead, and its time.
 *
 * Invariant: to a slot that stands still nothing happens until it goes on, to a dead one never more:
 * no timer fires, no turn is given, no operation on a file comes back.
 */
import type { Clock, Timer } from '@millrace/core';
import type {
  CheckpointStateOutputStream,
  CheckpointStreamFactory,
  OpenStateHandle,
} from '@millrace/state';
import type { SimulatedProcess } from '../simulated-process.ts';

export class SlotLife {
  readonly clock: Clock;
  /** It is dead, and what it had begun with files has come to its end. */
  readonly ended: Promise<void>;
  private readonly process: SimulatedProcess;
  private readonly underWay = new Set<Promise<unknown>>();
  private end: () => void = () => {};
  private alive = true;
  private stall: Promise<void> | undefined;

  constructor(process: SimulatedProcess) {
    this.process = process;
    this.clock = new SlotClock(process.clock, this);
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  get isAlive(): boolean {
    return this.alive;
  }

  die(): void {
    this.alive = false;
    void Promise.allSettled(this.underWay).then(() => this.end());
  }

  standStill(ms: number): void {
    const stall = this.process.delay(ms).then(() => {
      if (this.stall === stall) {
        this.stall = undefined;
      }
    });
    this.stall = stall;
  }

  /** Resolves at once unless it stands still. */
  async heard(): Promise<void> {
    while (this.alive && this.stall !== undefined) {
      await this.stall;
    }
  }

  /** Resolves at once unless it stands still, never when it is dead. */
  async awake(): Promise<void> {
    await this.heard();
    if (!this.alive) {
      await new Promise<never>(() => {});
    }
  }

  /** What the slot waits for outside of it. */
  async outside<T>(work: Promise<T>): Promise<T> {
    this.underWay.add(work);
    try {
      return await work;
    } finally {
      this.underWay.delete(work);
      await this.awake();
    }
  }

  /** Files as the slot writes them. */
  streams(factory: CheckpointStreamFactory): CheckpointStreamFactory {
    return {
      ...factory,
      createCheckpointStateOutputStream: (scope) =>
        this.stream(factory.createCheckpointStateOutputStream(scope)),
    };
  }

  /** Files as the slot reads them. */
  opener(open: OpenStateHandle): OpenStateHandle {
    return async (handle, options) => {
      const reader = await this.outside(open(handle, options));
      return {
        sizeBytes: reader.sizeBytes,
        localPath: reader.localPath,
        read: (position, length) => this.outside(reader.read(position, length)),
        close: () => this.outside(reader.close()),
      };
    };
  }

  private stream(stream: CheckpointStateOutputStream): CheckpointStateOutputStream {
    return {
      get position() {
        return stream.position;
      },
      write: (bytes) => this.outside(stream.write(bytes)),
      closeAndGetHandle: () => this.outside(stream.closeAndGetHandle()),
      abort: () => this.outside(stream.abort()),
    };
  }
}

class SlotClock implements Clock {
  private readonly clock: Clock;
  private readonly life: SlotLife;

  constructor(clock: Clock, life: SlotLife) {
    this.clock = clock;
    this.life = life;
  }

  now(): number {
    return this.clock.now();
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    let isCancelled = false;
    const timer = this.clock.setTimer(delayMs, () => {
      void this.life.awake().then(() => {
        if (!isCancelled) {
          callback();
        }
      });
    });
    return {
      cancel: () => {
        isCancelled = true;
        timer.cancel();
      },
    };
  }

  async yieldTurn(): Promise<void> {
    await this.clock.yieldTurn();
    await this.life.awake();
  }
}
