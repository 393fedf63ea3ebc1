/** The sending end of a link: bytes of the edge's own serializer, cut anywhere, as buffers cut them. */
import { DataOutputView, type StreamElement, StreamElementSerializer } from '@millrace/core';
import {
  asUnaligned,
  type ChannelEvent,
  type ChannelWriter,
  type CheckpointBarrier,
  isTimeoutable,
  isUnaligned,
  type JobEdge,
  type OvertakenBytes,
} from '@millrace/runtime';
import type { SeededRandom } from '@millrace/testing';
import type { Canary } from '../simulated-program.ts';
import type { Link, Unit } from './link.ts';

const CUT_PROBABILITY = 0.3;
const LOSS_PROBABILITY = 1 / 200;

interface TimeoutableBarrier {
  readonly barrier: CheckpointBarrier;
  readonly event: ChannelEvent;
  /** In the link, once it has left this end. */
  position: number | undefined;
  readonly decide: (overtaken: OvertakenBytes) => void;
}

export class LinkWriter implements ChannelWriter {
  /** It sends bytes. */
  readonly handsOver = false;
  private readonly link: Link;
  private readonly serializer: StreamElementSerializer<unknown>;
  private readonly random: SeededRandom;
  private readonly bug: Canary | undefined;
  private readonly unsent: Unit[] = [];
  /** The newest. */
  private timeoutable: TimeoutableBarrier | undefined;

  constructor(
    link: Link,
    edge: JobEdge,
    options: { readonly random: SeededRandom; readonly bug: Canary | undefined },
  ) {
    this.link = link;
    this.serializer = new StreamElementSerializer(edge.type.createSerializer());
    this.random = options.random;
    this.bug = options.bug;
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
    if (this.bug === 'loses-record' && this.random.next() < LOSS_PROBABILITY) {
      return;
    }
    this.putElement({ kind: 'record', value, timestamp });
  }

  pushKeyed(value: unknown, timestamp: number): void {
    this.push(value, timestamp);
  }

  pushEvent(event: ChannelEvent): void {
    switch (event.kind) {
      case 'watermark':
        this.putElement({ kind: 'watermark', timestamp: event.watermark });
        return;
      case 'watermark-status':
        this.putElement({ kind: event.kind, isIdle: event.status === 'idle' });
        return;
      case 'latency-marker':
        this.putElement({ kind: event.kind, ...event.marker });
        return;
      default:
        this.unsent.push({ event: structuredClone(event) });
        this.move();
    }
  }

  pushBarrier(barrier: CheckpointBarrier): Promise<OvertakenBytes> | undefined {
    if (isUnaligned(barrier)) {
      const overtaken = this.overtaken(this.unsent);
      this.link.sendPriority({ barrier, position: this.link.putPosition });
      return overtaken.length === 0 ? undefined : Promise.resolve(overtaken);
    }
    const event: ChannelEvent = { kind: 'barrier', barrier: structuredClone(barrier) };
    if (!isTimeoutable(barrier)) {
      this.unsent.push({ event });
      this.move();
      return undefined;
    }
    const decided = new Promise<OvertakenBytes>((decide) => {
      this.timeoutable = { barrier, event, position: undefined, decide };
    });
    this.unsent.push({ event });
    this.move();
    return this.timeoutable?.position === undefined ? decided : undefined;
  }

  timeOutBarrier(checkpointId: number): void {
    const { timeoutable } = this;
    if (timeoutable?.barrier.checkpointId !== checkpointId) {
      return;
    }
    this.timeoutable = undefined;
    const barrier = asUnaligned(timeoutable.barrier);
    if (timeoutable.position !== undefined) {
      this.link.sendPriority({ barrier, position: timeoutable.position });
      return;
    }
    const at = this.unsent.findIndex((unit) => 'event' in unit && unit.event === timeoutable.event);
    const overtaken = this.overtaken(this.unsent.slice(0, at));
    this.unsent.splice(at, 1);
    this.link.sendPriority({ barrier, position: this.link.putPosition });
    timeoutable.decide(overtaken);
  }

  forgetBarrier(checkpointId: number): void {
    if (this.timeoutable?.barrier.checkpointId === checkpointId) {
      this.timeoutable = undefined;
    }
  }

  move(): boolean {
    const { canMove } = this;
    while (this.canMove) {
      const unit = this.unsent.shift()!;
      const { timeoutable } = this;
      if ('event' in unit && unit.event === timeoutable?.event) {
        timeoutable.position = this.link.putPosition;
        timeoutable.decide([]);
      }
      this.link.send(unit);
    }
    return canMove;
  }

  private putElement(element: StreamElement<unknown>): void {
    const out = new DataOutputView(16);
    out.writeInt(0);
    this.serializer.serialize(element, out);
    const bytes = out.copyBytes();
    new DataView(bytes.buffer, bytes.byteOffset).setInt32(0, bytes.length - 4);
    const cut =
      this.random.next() < CUT_PROBABILITY ? 1 + this.random.nextInt(bytes.length - 1) : 0;
    for (const piece of cut === 0 ? [bytes] : [bytes.slice(0, cut), bytes.slice(cut)]) {
      this.unsent.push({ bytes: piece });
    }
    this.move();
  }

  private overtaken(units: readonly Unit[]): Uint8Array[] {
    return this.bug === 'forgets-overtaken'
      ? []
      : units.flatMap((unit) => ('bytes' in unit ? [unit.bytes] : []));
  }
}
