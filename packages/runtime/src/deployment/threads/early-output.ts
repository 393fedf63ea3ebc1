/**
 * What a program writes in a worker thread before it comes to the `execute()` of its job: the main
 * thread wrote the same already.
 *
 * Invariants:
 * - Until `release` standard output is dropped, and standard error goes to `onError` as text.
 * - Afterwards both streams are those of the process again.
 *
 * What is written past the streams, by `fs.writeSync(1, ...)` or an addon, is not held back.
 */

type Write = typeof process.stdout.write;

export class EarlyOutput {
  private readonly release_: () => void;

  constructor(onError: (text: string) => void) {
    const stdout = replaceWrite(process.stdout, () => {});
    const stderr = replaceWrite(process.stderr, onError);
    this.release_ = () => {
      stdout();
      stderr();
    };
  }

  release(): void {
    this.release_();
  }
}

/** Resolves when what was written has left this thread. */
export async function flushOutput(): Promise<void> {
  await Promise.all(
    [process.stdout, process.stderr].map(
      (stream) =>
        new Promise<void>((resolve) => {
          stream.write('', () => resolve());
        }),
    ),
  );
}

/** @returns what puts the stream back */
function replaceWrite(stream: NodeJS.WriteStream, onText: (text: string) => void): () => void {
  const own = Object.getOwnPropertyDescriptor(stream, 'write');
  const write = (
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | ((error?: Error) => void),
    callback?: (error?: Error) => void,
  ): boolean => {
    onText(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
    const done = typeof encoding === 'function' ? encoding : callback;
    if (done !== undefined) {
      process.nextTick(done);
    }
    return true;
  };
  stream.write = write as Write;
  return () => {
    if (own === undefined) {
      Reflect.deleteProperty(stream, 'write');
    } else {
      Object.defineProperty(stream, 'write', own);
    }
  };
}
