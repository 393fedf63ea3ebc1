/**
 * Folders of this machine between commas or colons, as `io.tmp.dirs` and
 * `state.backend.rocksdb.localdir` name them. The colon of a `file:` URI separates nothing.
 */
export function splitDirectories(text: string): string[] {
  return text
    .split(/,|(?<!(?:^|[,:])\s*file):/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
