/**
 * Text that comes through a socket, cut at a delimiter: for trying things out.
 *
 * A socket cannot be read again, so what was on its way when a job failed is lost: no checkpoint
 * holds it.
 *
 * Flink: StreamExecutionEnvironment.socketTextStream, SocketTextStreamFunction.
 */
import { connect, type Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { ConfigError, TaskError } from '../../errors/errors.ts';
import type { SimpleVersionedSerializer } from '../../serialization/simple-versioned-serializer.ts';
import type { TypeInformation } from '../../serialization/type-information.ts';
import { Types } from '../../serialization/types.ts';
import type { Timer } from '../../time/clock.ts';
import type {
  InputStatus,
  ReaderOutput,
  Source,
  SourceReader,
  SourceReaderContext,
  SourceSplit,
  SplitEnumerator,
  SplitEnumeratorContext,
} from '../source.ts';
import type { ResultTypeQueryable } from './result-type-queryable.ts';
import { SplitQueueEnumerator } from './split-queue-enumerator.ts';

export interface SocketTextOptions {
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
  /** A line feed unless given; a carriage return before it is left out then. */
  readonly delimiter?: string;
  /** How often it connects again after the end of the text: 0 unless given, -1 for ever. */
  readonly maxRetries?: number;
}

const RETRY_DELAY_MS = 500; // as in Flink
const LINES_WAITING_MAX = 1000; // beyond that the socket is not read
const NO_MORE = 'end-of-input';

/** Nothing of a socket is in a snapshot. */
const NOTHING: SimpleVersionedSerializer<never> = {
  version: 1,
  serialize: () => new Uint8Array(),
  deserialize: () => undefined as never,
};

export class SocketTextSource
  implements Source<string, SourceSplit, unknown>, ResultTypeQueryable<string>
{
  readonly boundedness = 'continuous-unbounded';
  readonly producedType: TypeInformation<string> = Types.STRING;
  readonly splitSerializer: SimpleVersionedSerializer<SourceSplit> = NOTHING;
  readonly enumeratorCheckpointSerializer: SimpleVersionedSerializer<unknown> = NOTHING;
  private readonly options: Required<SocketTextOptions>;

  /** @throws ConfigError `CONFIG_VALUE_INVALID` */
  constructor(options: SocketTextOptions) {
    const { port, delimiter = '\n', maxRetries = 0 } = options;
    const portIsValid = Number.isInteger(port) && port > 0 && port < 65_536;
    if (!portIsValid || delimiter === '' || !Number.isInteger(maxRetries) || maxRetries < -1) {
      throw new ConfigError(
        'CONFIG_VALUE_INVALID',
        `a socket with port ${port}, delimiter '${delimiter}' and ${maxRetries} retries; use a port ` +
          'from 1 to 65535, a delimiter that is not empty, and at least -1 retries',
      );
    }
    this.options = { host: options.host, port, delimiter, maxRetries };
  }

  createEnumerator(
    context: SplitEnumeratorContext<SourceSplit>,
  ): SplitEnumerator<SourceSplit, unknown> {
    return new SplitQueueEnumerator(context, []);
  }

  restoreEnumerator(
    context: SplitEnumeratorContext<SourceSplit>,
  ): SplitEnumerator<SourceSplit, unknown> {
    return this.createEnumerator(context);
  }

  createReader(context: SourceReaderContext): SourceReader<string, SourceSplit> {
    return new SocketTextReader(this.options, context);
  }
}

class SocketTextReader implements SourceReader<string, SourceSplit> {
  private readonly options: Required<SocketTextOptions>;
  private readonly context: SourceReaderContext;
  private socket: Socket | undefined = undefined;
  private retry: Timer | undefined = undefined;
  private retries = 0;
  private lines: string[] = [];
  private rest = '';
  private hasEnded = false;
  private failure: unknown = undefined;
  private wake: () => void = () => {};
  private available: Promise<void> = Promise.resolve();

  constructor(options: Required<SocketTextOptions>, context: SourceReaderContext) {
    this.options = options;
    this.context = context;
  }

  start(): void {
    const { host, port } = this.options;
    const decoder = new StringDecoder('utf8');
    const socket = connect({ host, port });
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => this.receive(decoder.write(bytes)));
    socket.on('end', () => this.textEnded(decoder.end()));
    socket.on('error', (error) => {
      this.failure = error;
      this.wake();
    });
  }

  pollNext(output: ReaderOutput<string>, maxRecords: number): InputStatus {
    if (this.failure !== undefined) {
      const { host, port } = this.options;
      const message = `the socket ${host}:${port} failed; see the cause, and whether it listens`;
      throw new TaskError('SOURCE_FAILED', message, { cause: this.failure });
    }
    for (const line of this.lines.splice(0, maxRecords)) {
      output.collect(line);
    }
    if (this.lines.length > 0) {
      return 'more-available';
    }
    this.socket?.resume();
    if (this.hasEnded) {
      return NO_MORE;
    }
    this.available = new Promise((resolve) => {
      this.wake = resolve;
    });
    return 'nothing-available';
  }

  isAvailable(): Promise<void> {
    return this.available;
  }

  addSplits(): void {}

  notifyNoMoreSplits(): void {}

  snapshotState(): SourceSplit[] {
    return [];
  }

  close(): void {
    this.retry?.cancel();
    this.socket?.destroy();
  }

  private receive(text: string): void {
    const { delimiter } = this.options;
    const parts = (this.rest + text).split(delimiter);
    this.rest = parts.pop() ?? '';
    for (const part of parts) {
      this.lines.push(delimiter === '\n' && part.endsWith('\r') ? part.slice(0, -1) : part);
    }
    if (this.lines.length > LINES_WAITING_MAX) {
      this.socket?.pause();
    }
    this.wake();
  }

  /** What follows the last delimiter is a record too. */
  private textEnded(lastText: string): void {
    this.receive(lastText);
    if (this.rest !== '') {
      this.lines.push(this.rest);
      this.rest = '';
    }
    const { maxRetries } = this.options;
    if (maxRetries === -1 || this.retries < maxRetries) {
      this.retries++;
      this.retry = this.context.clock.setTimer(RETRY_DELAY_MS, () => this.start());
    } else {
      this.hasEnded = true;
    }
    this.wake();
  }
}
