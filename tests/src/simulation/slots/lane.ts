/**
 * One direction between two threads: what is sent comes in its order, at moments that the seed picks.
 *
 * Invariant: nothing comes while the receiver stands still, and nothing ever once it is dead.
 */
import type { SimulatedProcess } from '../simulated-process.ts';
import { CALM_AT_MS } from '../simulation-plan.ts';

const AT_ONCE_PROBABILITY = 0.7;

export interface LaneOptions<M> {
  readonly process: SimulatedProcess;
  readonly delayMsMax: number;
  /** At most so many come in one turn. */
  readonly burstMax: number;
  /** Resolves once the receiver can be given something. */
  readonly ready?: () => Promise<void>;
  /** The planted bug: how often two that follow each other change places. */
  readonly swapProbability?: number;
  deliver(message: M): void;
}

export class Lane<M> {
  private readonly options: LaneOptions<M>;
  private readonly queue: M[] = [];
  private isMoving = false;
  private isCut = false;

  constructor(options: LaneOptions<M>) {
    this.options = options;
  }

  send(message: M): void {
    if (this.isCut) {
      return;
    }
    this.queue.push(message);
    if (!this.isMoving) {
      void this.move();
    }
  }

  /** The sender has died: what is on its way is lost from some message on, and no other follows. */
  cut(): void {
    this.isCut = true;
    this.queue.length = this.options.process.random.nextInt(this.queue.length + 1);
  }

  private async move(): Promise<void> {
    const { ready, burstMax, process, deliver } = this.options;
    this.isMoving = true;
    while (this.queue.length > 0) {
      await this.delay();
      await ready?.();
      for (let left = 1 + process.random.nextInt(burstMax); left > 0; left--) {
        const message = this.takeNext();
        if (message === undefined) {
          break;
        }
        deliver(message);
      }
    }
    this.isMoving = false;
  }

  private takeNext(): M | undefined {
    const { swapProbability = 0, process } = this.options;
    if (swapProbability > 0 && this.queue.length > 1 && process.random.next() < swapProbability) {
      return this.queue.splice(1, 1)[0];
    }
    return this.queue.shift();
  }

  private delay(): Promise<void> {
    const { process, delayMsMax } = this.options;
    const { random, clock } = process;
    const isAtOnce = random.next() < AT_ONCE_PROBABILITY || clock.now() >= CALM_AT_MS;
    return isAtOnce ? clock.yieldTurn() : process.delay(random.nextInt(delayMsMax + 1));
  }
}
