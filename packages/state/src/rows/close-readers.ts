/** Closes several readers, of which each may fail to. */

interface Closeable {
  close(): Promise<void>;
}

/** All are closed, whichever fails; then the first failure is thrown. */
export async function closeReaders(readers: Iterable<Closeable | undefined>): Promise<void> {
  const failures: unknown[] = [];
  for (const reader of readers) {
    try {
      await reader?.close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    throw failures[0];
  }
}

/** Of use where something failed before: that is to be told, and not what fails on the way out. */
export async function closeReadersAfterFailure(
  readers: Iterable<Closeable | undefined>,
): Promise<void> {
  await closeReaders(readers).catch(() => undefined);
}
