import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type TypeInformation, type TypeSerializer, Types } from '@millrace/core';
import { CHECKPOINT } from '../../checkpoint/checkpoint-types.ts';
import { openRing, type RingFixture, records } from './ring-fixture.ts';

describe('the receiving end of a ring', () => {
  it('names sender and edge when the serializer reads less than it wrote', () => {
    const fixture = openRing({ type: readingAs((source) => source.readUTF().slice(0, 1)) });

    send(fixture, 'abc');

    assert.throws(() => fixture.reader.poll(), {
      code: 'SERIALIZER_FAILED',
      message:
        "an element of operator 'map' (subtask 1/2) could not be read from the edge to 'sink' " +
        '(subtask 2/2): it read 14 bytes of the 16 written; a serializer reads exactly the bytes ' +
        'that it wrote',
    });
  });

  it('names sender and edge when the serializer throws', () => {
    const fixture = openRing({
      type: readingAs(() => {
        throw new Error('unknown version');
      }),
    });

    send(fixture, 'abc');

    assert.throws(() => fixture.reader.poll(), {
      code: 'SERIALIZER_FAILED',
      message: /could not be read from the edge to 'sink' \(subtask 2\/2\): unknown version/,
    });
  });

  it('leaves in the ring what the channel has no room for', () => {
    const fixture = openRing({ channelCapacity: 2, bufferTimeoutMs: 0 });

    for (let i = 0; i < 5; i++) {
      fixture.writer.push('a', i);
    }
    fixture.reader.poll();
    assert.equal(fixture.channel.size, 2);
    assert.equal(fixture.reader.usage > 0, true);
    const first = fixture.take();
    fixture.reader.poll();

    assert.deepEqual([...first, ...fixture.take()], records('a', 'a', 'a', 'a'));
  });

  it('keeps the room of what barriers overtook until the channel has room again, so that what is in flight has a bound', () => {
    const fixture = openRing({ channelCapacity: 2, bufferTimeoutMs: 0 });
    const { writer, reader, channel } = fixture;

    let sent = 0;
    for (let checkpointId = 1; checkpointId <= 20; checkpointId++) {
      for (; !writer.isFull; writer.poll(0)) {
        writer.push('a', sent++);
      }
      overtake(fixture, checkpointId);
      reader.poll();
    }

    // The ring has room for ten of them, the channel for two.
    assert.ok(sent <= 13, `${sent} elements in flight`);
    assert.ok(channel.size > channel.capacity);
    assert.equal(writer.isFull, true);
    const taken = fixture.take().filter((each) => 'value' in each);
    assert.equal(reader.canMove, true);
    reader.poll();
    assert.equal(writer.isFull, false);
    assert.deepEqual(
      [...taken, ...fixture.take()].map((each) => ('value' in each ? each.timestamp : -1)),
      Array.from({ length: sent }, (_, i) => i),
    );
  });
});

function overtake({ writer }: RingFixture, checkpointId: number): void {
  const told = writer.pushBarrier({
    checkpointId,
    timestamp: 0,
    snapshotType: CHECKPOINT,
    alignmentType: 'unaligned',
  });
  assert.equal(told, undefined);
}

function send({ writer }: RingFixture, value: string): void {
  writer.push(value, 0);
  writer.poll(0);
  writer.poll(100);
}

/** Writes a text and two bytes more. */
function readingAs(deserialize: TypeSerializer<string>['deserialize']): TypeInformation<never> {
  const serializer: TypeSerializer<string> = Object.create(Types.STRING.createSerializer());
  serializer.serialize = (value, target) => {
    target.writeUTF(value);
    target.writeShort(0);
  };
  serializer.deserialize = deserialize;
  return { name: 'Text', isKeyType: false, createSerializer: () => serializer as never };
}
