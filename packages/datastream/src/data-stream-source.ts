/** The records of a source. Flink: DataStreamSource. */
import { SingleOutputStreamOperator } from './data-stream.ts';

export class DataStreamSource<T> extends SingleOutputStreamOperator<T> {}
