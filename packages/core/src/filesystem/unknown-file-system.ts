/** What is said of a path that no file system here is for. */
import { ConfigError } from '../errors/errors.ts';

/** @param known - the schemes that there are */
export function unknownFileSystem(
  scheme: string,
  path: string,
  known: readonly string[],
): ConfigError {
  return new ConfigError(
    'FILE_SYSTEM_UNKNOWN',
    `no file system is known for '${scheme}:' in ${path}, but for ${known.join(', ')}; no package for ` +
      `'${scheme}:' is there to be installed: mount or copy what it holds, and give a folder of this machine`,
  );
}
