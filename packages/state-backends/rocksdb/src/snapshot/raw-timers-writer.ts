/**
 * Writes timers that are on the heap as raw keyed state, where Flink has them beside a database.
 *
 * Invariants:
 * - The timers are those of when it was made; it holds them until `release`.
 * - Every key group of the backend is written, with all services, also one without a timer.
 *
 * Bytes: docs/formats/raw-keyed-timers.md. Flink: InternalTimeServiceManagerImpl.snapshotToRawKeyedState.
 */
import { randomUUID } from 'node:crypto';
import {
  CompositeTypeSerializerSnapshot,
  DataOutputView,
  invariant,
  type KeyGroupRange,
  type TypeSerializerSnapshot,
  writeVersionedSnapshot,
} from '@millrace/core';
import type {
  CheckpointStateOutputStream,
  KeyedBackendHeader,
  KeyGroupsStateHandle,
  StreamStateHandle,
} from '@millrace/state';
import type { FixedTimers, HeapTimers } from './snapshot-strategy.ts';

const IDENTIFIER = 0xf1cd859f;
const VERSION = 2;
const TIMESTAMP_BYTES = 8;
const FLUSH_BYTES = 256 * 1024;
const STATE_NAME = /^_timer_state\/(event|processing)_(.*)$/s;

interface TimerService {
  readonly name: string;
  readonly keySerializer: TypeSerializerSnapshot<unknown>;
  readonly namespaceSerializer: TypeSerializerSnapshot<unknown>;
  event: FixedTimers | undefined;
  processing: FixedTimers | undefined;
}

export class RawTimersWriter {
  private readonly keyGroupRange: KeyGroupRange;
  private readonly services: readonly TimerService[];
  private readonly offsets: number[] = [];

  /** @param of.header - says with which serializers the timers are written */
  constructor(
    timers: readonly HeapTimers[],
    of: { readonly header: KeyedBackendHeader; readonly keyGroupRange: KeyGroupRange },
  ) {
    this.keyGroupRange = of.keyGroupRange;
    this.services = servicesOf(timers, of.header);
  }

  async write(stream: CheckpointStateOutputStream): Promise<void> {
    const output = new DataOutputView();
    let written = 0;
    const flush = async (): Promise<void> => {
      await stream.write(output.bytes());
      written += output.position;
      output.reset();
    };
    for (let index = 0; index < this.keyGroupRange.numberOfKeyGroups; index++) {
      const keyGroup = this.keyGroupRange.startKeyGroup + index;
      this.offsets.push(written + output.position);
      output.writeInt(IDENTIFIER | 0);
      output.writeInt(VERSION);
      output.writeInt(this.services.length);
      for (const service of this.services) {
        output.writeUTF(service.name);
        writeVersionedSnapshot(output, service.keySerializer);
        writeVersionedSnapshot(output, service.namespaceSerializer);
        for (const fixed of [service.event, service.processing]) {
          const timers = fixed?.of(keyGroup) ?? [];
          output.writeInt(timers.length);
          for (const timer of timers) {
            writeTimer(output, timer);
            if (output.position >= FLUSH_BYTES) {
              await flush();
            }
          }
        }
      }
    }
    await flush();
  }

  /** Nothing is written after it. */
  release(): void {
    for (const { event, processing } of this.services) {
      event?.release();
      processing?.release();
    }
  }

  /** After `write`. */
  handle(stream: StreamStateHandle): KeyGroupsStateHandle {
    const { keyGroupRange, offsets } = this;
    return { kind: 'key-groups', keyGroupRange, offsets, stream, stateHandleId: randomUUID() };
  }
}

/** As priority-queue state the time comes first, with its sign turned. */
function writeTimer(output: DataOutputView, timer: Uint8Array): void {
  output.write(timer.subarray(TIMESTAMP_BYTES));
  const at = output.position;
  output.write(timer.subarray(0, TIMESTAMP_BYTES));
  output.buffer[at] = (output.buffer[at] as number) ^ 0x80;
}

function servicesOf(timers: readonly HeapTimers[], header: KeyedBackendHeader): TimerService[] {
  const services = new Map<string, TimerService>();
  for (const queue of timers) {
    const [, domain, name] = STATE_NAME.exec(queue.name) ?? [];
    const state = header.states.find((each) => each.name === queue.name);
    const serializer: unknown = state?.serializers.get('VALUE_SERIALIZER');
    invariant(name !== undefined, `timers are named after a time domain, not '${queue.name}'`);
    invariant(
      serializer instanceof CompositeTypeSerializerSnapshot && serializer.nested.length === 2,
      `the header says how the timers '${queue.name}' are written`,
    );
    const service = services.get(name) ?? {
      name,
      keySerializer: serializer.nested[0]!,
      namespaceSerializer: serializer.nested[1]!,
      event: undefined,
      processing: undefined,
    };
    services.set(name, service);
    service[domain as 'event' | 'processing'] = queue.fix();
  }
  return [...services.values()];
}
