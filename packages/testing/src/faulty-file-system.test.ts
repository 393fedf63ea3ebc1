import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crashAtStep, FaultyFileSystem, failNth, failRandomly } from './faulty-file-system.ts';
import { MemoryFileSystem } from './memory-file-system.ts';

const THREE = new Uint8Array([1, 2, 3]);

describe('faulty file system', () => {
  it('passes everything on while the plan says nothing', async () => {
    const memory = new MemoryFileSystem();
    const fs = new FaultyFileSystem(memory);

    const writer = await fs.create('/a', { overwrite: false });
    await writer.write(THREE);
    await writer.close();

    assert.deepEqual(memory.contents('/a'), THREE);
    assert.equal(fs.steps, 3);
  });

  it('fails the write that the plan names, with its code', async () => {
    const plan = failNth('write', 2, { kind: 'fail', code: 'DISK_FULL' });
    const fs = new FaultyFileSystem(new MemoryFileSystem(), plan);
    const writer = await fs.create('/a', { overwrite: false });
    await writer.write(THREE);

    await assert.rejects(writer.write(THREE), {
      code: 'DISK_FULL',
      message: '/a: write failed as planned',
    });
    assert.equal(writer.position, 3);
  });

  it('keeps the first bytes of a torn write', async () => {
    const memory = new MemoryFileSystem();
    const fs = new FaultyFileSystem(
      memory,
      failNth('write', 1, { kind: 'torn-write', keepBytes: 2 }),
    );
    const writer = await fs.create('/a', { overwrite: false });

    await assert.rejects(writer.write(THREE), { code: 'IO_EXCEPTION' });
    assert.deepEqual(memory.contents('/a'), THREE.subarray(0, 2));
  });

  it('does nothing more after a crash, not even clean up, until it is revived', async () => {
    const memory = new MemoryFileSystem();
    const fs = new FaultyFileSystem(memory, crashAtStep(2));
    const writer = await fs.create('/a', { overwrite: false });

    await assert.rejects(writer.write(THREE), { code: 'IO_EXCEPTION' });
    await writer.abort();
    await assert.rejects(fs.delete('/a', { recursive: false }), { code: 'IO_EXCEPTION' });

    assert.deepEqual(memory.paths, ['/a']);
    fs.revive();
    assert.equal(await fs.delete('/a', { recursive: false }), true);
  });

  it('fails at the same steps for the same seed', async () => {
    const failures = async (seed: number): Promise<number[]> => {
      const plan = failRandomly({ seed, probability: 0.3 });
      const fs = new FaultyFileSystem(new MemoryFileSystem(), plan);
      const failed: number[] = [];
      for (let i = 0; i < 50; i++) {
        await fs.create(`/${i}`, { overwrite: false }).catch(() => failed.push(i));
      }
      return failed;
    };

    const first = await failures(7);

    assert.deepEqual(first, await failures(7));
    assert.ok(first.length > 5 && first.length < 30, `${first.length} of 50 failed`);
  });
});
