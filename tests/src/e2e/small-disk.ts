/** A disk in memory with a size, for tests that fill it; only root can mount one. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** Why there can be none; `undefined` when there can. */
export function whyNoSmallDisk(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    return 'a disk of its own can be mounted by root on Linux only';
  }
  const able = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']);
  return able.status === 0 ? undefined : `a disk cannot be mounted: ${able.stderr?.toString()}`;
}

/** Unmount it. */
export function mountSmallDisk(path: string, megabytes: number): void {
  mkdirSync(path, { recursive: true });
  run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path]);
}

export function remountSmallDisk(path: string, options: string): void {
  run('mount', ['-o', `remount,${options}`, path]);
}

/** Never throws. */
export function unmountSmallDisk(path: string): void {
  spawnSync('umount', ['--lazy', path]);
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args);
  if (status !== 0) {
    throw new Error(`${command} ${args.join(' ')} failed: ${stderr?.toString()}`);
  }
}
