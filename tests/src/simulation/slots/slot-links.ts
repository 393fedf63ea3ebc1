/**
 * What moves records between the slots of one attempt: bytes of the edges' own serializers, through
 * links with little room, that arrive and give their room back at moments that the seed picks.
 */
import {
  DataInputView,
  DataOutputView,
  invariant,
  type StreamElement,
  StreamElementSerializer,
} from '@millrace/core';
import {
  type ChannelAddress,
  type ChannelEvent,
  type ChannelWriter,
  type CheckpointBarrier,
  type Exchange,
  type JobEdge,
  type LocalChannel,
  type RemoteSlots,
  type SubtaskAddress,
  withUnalignedUnsupported,
} from '@millrace/runtime';
import type { SimulatedProcess } from '../simulated-process.ts';
import { Lane } from './lane.ts';

const ELEMENTS_MAX = 12;

/** As on the wire: bytes, or an event that has its own place in the format of a ring. */
type Sent = { readonly bytes: Uint8Array } | { readonly event: ChannelEvent };

export interface SlotLinksOptions {
  readonly process: SimulatedProcess;
  readonly delayMsMax: number;
  slotOf(task: SubtaskAddress): number;
  /** The planted bug: how often a record is lost. */
  readonly lossProbability: number;
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

  wake(slot: number): void {
    this.ends[slot]?.wake();
  }

  linkOf({ edge, upstream, downstream }: ChannelAddress): Link {
    const ofEdge = this.links.get(edge) ?? new Map<string, Link>();
    this.links.set(edge, ofEdge);
    const name = `${upstream.subtask} ${downstream.subtask}`;
    const known = ofEdge.get(name);
    if (known !== undefined) {
      return known;
    }
    const { slotOf } = this.options;
    const link = new Link(this, slotOf(upstream), slotOf(downstream));
    ofEdge.set(name, link);
    return link;
  }
}

/** One channel between two slots. */
class Link {
  readonly arrived: Sent[] = [];
  /** Sent, and not yet known to be taken. */
  private used = 0;
  private readonly capacity: number;
  private readonly data: Lane<Sent>;
  private readonly credit: Lane<number>;

  constructor(links: SlotLinks, from: number, to: number) {
    const { process, delayMsMax } = links.options;
    const lane = { process, delayMsMax, burstMax: ELEMENTS_MAX };
    this.capacity = 1 + process.random.nextInt(ELEMENTS_MAX);
    this.data = new Lane<Sent>({
      ...lane,
      deliver: (sent) => {
        this.arrived.push(sent);
        links.wake(to);
      },
    });
    this.credit = new Lane<number>({
      ...lane,
      deliver: (taken) => {
        this.used -= taken;
        links.wake(from);
      },
    });
  }

  get hasRoom(): boolean {
    return this.used < this.capacity;
  }

  send(sent: Sent): void {
    this.used++;
    this.data.send(sent);
  }

  /** @returns undefined when nothing has come */
  take(): Sent | undefined {
    const sent = this.arrived.shift();
    if (sent !== undefined) {
      this.credit.send(1);
    }
    return sent;
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
    const writer = new LinkWriter(this.links.linkOf(address), address.edge, this.links.options);
    this.writers.push(writer);
    return writer;
  }

  createReader(address: ChannelAddress, channel: LocalChannel): undefined {
    this.readers.push(new LinkReader(this.links.linkOf(address), address.edge, channel));
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

class LinkWriter implements ChannelWriter {
  private readonly link: Link;
  private readonly serializer: StreamElementSerializer<unknown>;
  private readonly options: SlotLinksOptions;
  private readonly unsent: Sent[] = [];

  constructor(link: Link, edge: JobEdge, options: SlotLinksOptions) {
    this.link = link;
    this.serializer = new StreamElementSerializer(edge.type.createSerializer());
    this.options = options;
  }

  get isFull(): boolean {
    return this.unsent.length > 0;
  }

  get usage(): number {
    return this.isFull ? 1 : 0;
  }

  get canMove(): boolean {
    return this.isFull && this.link.hasRoom;
  }

  push(value: unknown, timestamp: number): void {
    const { lossProbability, process } = this.options;
    if (lossProbability > 0 && process.random.next() < lossProbability) {
      return;
    }
    this.put(this.bytesOf({ kind: 'record', value, timestamp }));
  }

  pushEvent(event: ChannelEvent): void {
    switch (event.kind) {
      case 'watermark':
        this.put(this.bytesOf({ kind: 'watermark', timestamp: event.watermark }));
        return;
      case 'watermark-status':
        this.put(this.bytesOf({ kind: event.kind, isIdle: event.status === 'idle' }));
        return;
      case 'latency-marker':
        this.put(this.bytesOf({ kind: event.kind, ...event.marker }));
        return;
      default:
        this.put({ event: structuredClone(event) });
    }
  }

  /** Barriers keep their place here. */
  pushBarrier(barrier: CheckpointBarrier): undefined {
    this.pushEvent({ kind: 'barrier', barrier: withUnalignedUnsupported(barrier) });
  }

  timeOutBarrier(): void {}

  move(): boolean {
    const { canMove } = this;
    while (this.canMove) {
      this.link.send(this.unsent.shift()!);
    }
    return canMove;
  }

  private put(sent: Sent): void {
    this.unsent.push(sent);
    this.move();
  }

  private bytesOf(element: StreamElement<unknown>): Sent {
    const out = new DataOutputView(16);
    this.serializer.serialize(element, out);
    return { bytes: out.copyBytes() };
  }
}

class LinkReader {
  private readonly link: Link;
  private readonly serializer: StreamElementSerializer<unknown>;
  private readonly channel: LocalChannel;

  constructor(link: Link, edge: JobEdge, channel: LocalChannel) {
    this.link = link;
    this.serializer = new StreamElementSerializer(edge.type.createSerializer());
    this.channel = channel;
  }

  get canMove(): boolean {
    return this.link.arrived.length > 0 && !this.channel.isFull;
  }

  move(): boolean {
    const { canMove } = this;
    while (this.canMove) {
      this.receive(this.link.take()!);
    }
    return canMove;
  }

  private receive(sent: Sent): void {
    const { channel } = this;
    if ('event' in sent) {
      channel.pushEvent(sent.event);
      return;
    }
    const element = this.serializer.deserialize(new DataInputView(sent.bytes));
    switch (element.kind) {
      case 'record':
        channel.push(element.value, element.timestamp);
        break;
      case 'watermark':
        channel.pushEvent({ kind: 'watermark', watermark: element.timestamp });
        break;
      case 'watermark-status':
        channel.pushEvent({ kind: element.kind, status: element.isIdle ? 'idle' : 'active' });
        break;
      case 'latency-marker': {
        const { kind, ...marker } = element;
        channel.pushEvent({ kind, marker });
        break;
      }
      default:
        invariant(false, `no task sends a ${element.kind}`);
    }
  }
}
