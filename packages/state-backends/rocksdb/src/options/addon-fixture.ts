/** An addon that opens nothing: what it was asked, and option strings checked by `refuses`. */
import type { NativeAddon, NativeSharedMemorySpec } from '../binding/native-addon.ts';

export interface AddonFixture extends NativeAddon {
  readonly acquired: { readonly name: string; readonly spec: NativeSharedMemorySpec }[];
  readonly released: string[];
}

/** @param refuses - an option name that it does not know */
export function addonFixture(refuses?: string): AddonFixture {
  const acquired: AddonFixture['acquired'] = [];
  const released: string[] = [];
  return {
    acquired,
    released,
    bindingVersion: 1,
    rocksdbVersion: '7.8.3',
    compressions: ['kNoCompression', 'kSnappyCompression', 'kLZ4Compression'],
    acquireSharedMemory(name, spec) {
      acquired.push({ name, spec });
      return {
        id: acquired.length,
        cacheUsageBytes: () => 0,
        cachePinnedBytes: () => 0,
        writeBufferUsageBytes: () => 0,
        release: () => {
          released.push(name);
        },
      };
    },
    checkOptions(dbOptions, columnFamilyOptions) {
      if (refuses !== undefined && `${dbOptions};${columnFamilyOptions}`.includes(refuses)) {
        throw Object.assign(new Error(`Invalid argument: Could not find option: : ${refuses}`), {
          code: 'INVALID_ARGUMENT',
        });
      }
    },
    open: () => Promise.reject(new Error('nothing is opened here')),
    listColumnFamilies: () => [],
  };
}
