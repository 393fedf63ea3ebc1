/** Bugs of barriers that overtake, planted where a channel keeps them. */
import { type ChannelEvent, LocalChannel, type OvertakingBarrier } from '@millrace/runtime';

export type BarrierBug =
  /** The last element that a barrier overtook is not part of the checkpoint. */
  | 'loses-overtaken'
  /** The first element behind a barrier that overtook is. */
  | 'doubles-overtaken'
  /** Records in flight of a checkpoint do not come before new ones. */
  | 'restores-after-data';

/** @returns what mends it */
export function plantInBarriers(bug: string | undefined): () => void {
  const { takeOvertakingBarrier, push } = LocalChannel.prototype;
  if (bug === 'loses-overtaken' || bug === 'doubles-overtaken') {
    const shift = bug === 'loses-overtaken' ? -1 : 1;
    LocalChannel.prototype.takeOvertakingBarrier = function (): OvertakingBarrier | undefined {
      const taken = takeOvertakingBarrier.call(this);
      const position = Math.min(Math.max((taken?.position ?? 0) + shift, this.head), this.tail);
      return taken === undefined ? undefined : { ...taken, position };
    };
  }
  if (bug === 'restores-after-data') {
    const setAside = new WeakMap<LocalChannel, Element[]>();
    LocalChannel.prototype.push = function (value, timestamp): void {
      const event = LocalChannel.isEvent(timestamp) ? (value as ChannelEvent).kind : undefined;
      if (event === 'end-of-channel-state') {
        setAside.set(this, takeAll(this));
        push.call(this, value, timestamp);
        return;
      }
      // One new record comes first, or the end of all of them after.
      const elements = setAside.get(this) ?? [];
      setAside.delete(this);
      const ends = event !== undefined;
      for (const each of ends ? elements : []) {
        push.call(this, each.value, each.timestamp);
      }
      push.call(this, value, timestamp);
      for (const each of ends ? [] : elements) {
        push.call(this, each.value, each.timestamp);
      }
    };
  }
  return () => {
    LocalChannel.prototype.takeOvertakingBarrier = takeOvertakingBarrier;
    LocalChannel.prototype.push = push;
  };
}

interface Element {
  readonly value: unknown;
  readonly timestamp: number;
}

function takeAll(channel: LocalChannel): Element[] {
  const elements: Element[] = [];
  for (; channel.size > 0; channel.head++) {
    const at = channel.head & channel.mask;
    elements.push({ value: channel.values[at], timestamp: channel.timestamps[at] as number });
  }
  return elements;
}
