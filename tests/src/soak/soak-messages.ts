/** What the threads of a soak say to each other, past the job: over one `BroadcastChannel`. */
import { BroadcastChannel } from 'node:worker_threads';
import type { KillWay } from '../crash/worker-kill.ts';

export type SoakMessage =
  | { readonly kind: 'kill'; readonly way: KillWay; readonly subtask: number }
  /** Bytes. */
  | { readonly kind: 'heap'; readonly subtask: number; readonly used: number }
  | { readonly kind: 'fault'; readonly fault: string };

export class SoakChannel {
  private readonly channel: BroadcastChannel;

  /** @param name - of this soak, the same in all threads */
  constructor(name: string, onMessage: (message: SoakMessage) => void) {
    this.channel = new BroadcastChannel(name);
    this.channel.onmessage = (event: unknown) => onMessage((event as { data: SoakMessage }).data);
    // Typed without it; the thread is to end though it listens.
    (this.channel as unknown as { unref(): void }).unref();
  }

  send(message: SoakMessage): void {
    this.channel.postMessage(message);
  }

  close(): void {
    this.channel.close();
  }
}
