import assert from 'node:assert/strict';
import { once } from 'node:events';
import { totalmem } from 'node:os';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import {
  heapLimits,
  roomAtOnceMb,
  setsSemiSpace,
  withRoomAtOnce,
  youngShareMb,
} from './worker-thread.ts';

const MB = 2 ** 20;
const GB = 2 ** 30;
const TELLS_ROOM = `
  const { getHeapSpaceStatistics } = require('node:v8');
  const { space_size } = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space');
  require('node:worker_threads').parentPort.postMessage(space_size);`;

function worker(maxYoungGenerationSizeMb: number): Worker {
  return new Worker(TELLS_ROOM, { eval: true, resourceLimits: { maxYoungGenerationSizeMb } });
}

/** What it has for new objects as it begins, MB. */
async function roomOf(started: Worker): Promise<number> {
  const ended = once(started, 'exit');
  const [bytes] = await once(started, 'message');
  await ended;
  return bytes / MB;
}

describe('the heap of a worker thread', () => {
  it('has four times the room for new objects that V8 gives, where no size is set', () => {
    const limits = heapLimits({ heapSizeMb: undefined, youngShareMb: 1000 });

    assert.deepEqual(limits, { maxYoungGenerationSizeMb: 192 });
  });

  it('has no more than a quarter of a set size for new objects, and not less than V8 gives', () => {
    const young = [32, 128, 384, 512, 768, 4096].map(
      (heapSizeMb) => heapLimits({ heapSizeMb, youngShareMb: 1000 }).maxYoungGenerationSizeMb,
    );

    assert.deepEqual(young, [48, 48, 96, 96, 192, 192]);
  });

  it('has the set size for what has grown old', () => {
    assert.equal(heapLimits({ heapSizeMb: 700, youngShareMb: 1000 }).maxOldGenerationSizeMb, 700);
  });

  it('takes with all others of the job a sixteenth of the memory for new objects, and not less than V8 gives', () => {
    const youngOf = (workers: number, memoryGb: number) => {
      const memory = { heapSizeMb: undefined, youngShareMb: youngShareMb(workers, memoryGb * GB) };
      return [heapLimits(memory).maxYoungGenerationSizeMb, roomAtOnceMb(memory)];
    };

    assert.deepEqual(youngOf(8, 24), [192, 64]);
    assert.deepEqual(youngOf(16, 24), [96, 32]);
    assert.deepEqual(youngOf(32, 24), [48, 16]);
    assert.deepEqual(youngOf(64, 24), [48, 0]);
    assert.deepEqual(youngOf(64, 256), [192, 64]);
    assert.deepEqual(youngOf(1, 0.5), [48, 0]);
  });

  it('has no more for new objects than its part of the memory, whatever its size', () => {
    const limits = heapLimits({ heapSizeMb: 4096, youngShareMb: 100 });

    assert.deepEqual(limits, { maxOldGenerationSizeMb: 4096, maxYoungGenerationSizeMb: 96 });
  });

  it('counts the memory that there is', () => {
    const share = youngShareMb(1);

    assert.ok(share > 0 && share <= totalmem() / 16 / MB, `${share} MB`);
  });

  it('has its room for new objects from the beginning', async () => {
    const room = await roomOf(withRoomAtOnce(64, () => worker(192)));

    assert.equal(room, 64);
  });

  it('has no more room than its limit', async () => {
    const room = await roomOf(withRoomAtOnce(64, () => worker(48)));

    assert.equal(room, 16);
  });

  it('leaves other threads of the process what V8 gives them', async () => {
    await roomOf(withRoomAtOnce(64, () => worker(192)));
    assert.throws(() =>
      withRoomAtOnce(64, () => {
        throw new Error('no thread');
      }),
    );

    const room = await roomOf(worker(192));

    assert.ok(room < 16, `${room} MB`);
  });
});

describe('the options of the process', () => {
  it('say how much room there is where they name it', () => {
    assert.equal(setsSemiSpace(['--inspect', '--max-semi-space-size=32']), true);
    assert.equal(setsSemiSpace(['--enable-source-maps --min_semi_space_size 8']), true);
    assert.equal(setsSemiSpace(['--max-old-space-size=512', '']), false);
  });
});
