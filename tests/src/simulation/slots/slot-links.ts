/**
 * What moves records between the slots of one attempt: bytes of the edges' own serializers, through
 * links with little room, that arrive and give their room back at moments that the seed picks.
 */
import type {
  ChannelAddress,
  ChannelWriter,
  Exchange,
  JobEdge,
  LocalChannel,
  RemoteSlots,
  SubtaskAddress,
} from '@millrace/runtime';
import type { SimulatedProcess } from '../simulated-process.ts';
import type { Canary } from '../simulated-program.ts';
import { Link } from './link.ts';
import { LinkReader } from './link-reader.ts';
import { LinkWriter } from './link-writer.ts';

export interface SlotLinksOptions {
  readonly process: SimulatedProcess;
  readonly delayMsMax: number;
  slotOf(task: SubtaskAddress): number;
  readonly bug: Canary | undefined;
}

export class SlotLinks {
  readonly options: SlotLinksOptions;
  private readonly links = new Map<JobEdge, Map<string, Link>>();
  private readonly ends: SlotLinksEnd[] = [];

  constructor(options: SlotLinksOptions) {
    this.options = options;
  }

  /** @param step - at each look of the slot's loop: the slot may die there */
  endOf(slot: number, step: () => void): SlotLinksEnd {
    const end = new SlotLinksEnd(this, slot, step);
    this.ends[slot] = end;
    return end;
  }

  linkOf({ edge, upstream, downstream }: ChannelAddress): Link {
    const ofEdge = this.links.get(edge) ?? new Map<string, Link>();
    this.links.set(edge, ofEdge);
    const name = `${upstream.subtask} ${downstream.subtask}`;
    const known = ofEdge.get(name);
    if (known !== undefined) {
      return known;
    }
    const { slotOf, process, delayMsMax } = this.options;
    const link = new Link({
      process,
      delayMsMax,
      wakeSender: () => this.ends[slotOf(upstream)]?.wake(),
      wakeReceiver: () => this.ends[slotOf(downstream)]?.wake(),
    });
    ofEdge.set(name, link);
    return link;
  }
}

/** The exchange of one slot. */
export class SlotLinksEnd implements Exchange, RemoteSlots {
  private readonly links: SlotLinks;
  private readonly slot: number;
  private readonly step: () => void;
  private readonly writers: LinkWriter[] = [];
  private readonly readers: LinkReader[] = [];
  private onWork: (() => void) | undefined;
  private isClosed = false;

  constructor(links: SlotLinks, slot: number, step: () => void) {
    this.links = links;
    this.slot = slot;
    this.step = step;
  }

  owns(task: SubtaskAddress): boolean {
    return this.links.options.slotOf(task) === this.slot;
  }

  createWriter(address: ChannelAddress): ChannelWriter {
    const { process, bug } = this.links.options;
    const options = { random: process.random, bug };
    const writer = new LinkWriter(this.links.linkOf(address), address.edge, options);
    this.writers.push(writer);
    return writer;
  }

  createReader(address: ChannelAddress, channel: LocalChannel): undefined {
    this.readers.push(
      new LinkReader(this.links.linkOf(address), address.edge, channel, this.links.options.bug),
    );
  }

  poll(): boolean {
    this.step();
    if (this.isClosed) {
      return false;
    }
    let moved = false;
    for (const end of [...this.readers, ...this.writers]) {
      moved = end.move() || moved;
    }
    return moved;
  }

  wakeOnWork(wake: () => void): boolean {
    this.onWork = wake;
    return this.isClosed || ![...this.readers, ...this.writers].some((end) => end.canMove);
  }

  wake(): void {
    const { onWork } = this;
    this.onWork = undefined;
    onWork?.();
  }

  get hasUnsent(): boolean {
    return !this.isClosed && this.writers.some(({ isFull }) => isFull);
  }

  close(): void {
    this.isClosed = true;
  }
}
