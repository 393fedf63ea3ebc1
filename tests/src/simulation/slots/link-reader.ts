/** The receiving end of a link: whole elements into the channel that a task reads. */
import { DataInputView, invariant, StreamElementSerializer } from '@millrace/core';
import type { ChannelEvent, JobEdge, LocalChannel } from '@millrace/runtime';
import type { Canary } from '../simulated-program.ts';
import type { Link, PriorityBarrier, Unit } from './link.ts';

const LENGTH_BYTES = 4;

export class LinkReader {
  private readonly link: Link;
  private readonly serializer: StreamElementSerializer<unknown>;
  private readonly channel: LocalChannel;
  /** Of an element whose end has not come. */
  private pending: Uint8Array = new Uint8Array(0);
  private lastOvertaking = -1;

  private readonly bug: Canary | undefined;

  constructor(link: Link, edge: JobEdge, channel: LocalChannel, bug: Canary | undefined) {
    this.link = link;
    this.serializer = new StreamElementSerializer(edge.type.createSerializer());
    this.channel = channel;
    this.bug = bug;
  }

  get canMove(): boolean {
    return this.link.hasPriority || (this.link.hasUnit && !this.channel.isFull);
  }

  move(): boolean {
    const { canMove, link } = this;
    while (this.canMove) {
      const priority = link.takePriority();
      if (priority === undefined) {
        this.receive(link.take());
      } else {
        this.overtake(priority);
      }
    }
    return canMove;
  }

  private overtake({ barrier, position }: PriorityBarrier): void {
    const { link, channel } = this;
    if (link.takenPosition > position) {
      return; // Its timeout was over when it had come out in its place: the task has a timer too.
    }
    while (link.takenPosition < position) {
      this.receive(link.take());
    }
    this.lastOvertaking = barrier.checkpointId;
    const isTold = this.pending.length > 0 && this.bug !== 'forgets-cut-element';
    channel.pushBarrier(structuredClone(barrier), isTold ? this.pending : undefined);
  }

  private receive(unit: Unit): void {
    if ('event' in unit) {
      this.receiveEvent(unit.event);
      return;
    }
    this.pending = Buffer.concat([this.pending, unit.bytes]);
    const { pending } = this;
    if (pending.length < LENGTH_BYTES) {
      return;
    }
    const end = LENGTH_BYTES + new DataView(pending.buffer, pending.byteOffset).getInt32(0);
    if (pending.length >= end) {
      invariant(pending.length === end, 'a piece belongs to one element');
      this.pending = new Uint8Array(0);
      this.receiveElement(pending.subarray(LENGTH_BYTES));
    }
  }

  private receiveEvent(event: ChannelEvent): void {
    if (event.kind !== 'barrier') {
      this.channel.pushEvent(event);
    } else if (event.barrier.checkpointId > this.lastOvertaking) {
      this.channel.pushBarrier(event.barrier);
    }
  }

  private receiveElement(bytes: Uint8Array): void {
    const { channel } = this;
    const element = this.serializer.deserialize(new DataInputView(bytes));
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
