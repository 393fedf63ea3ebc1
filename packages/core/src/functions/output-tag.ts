import { checkArgument } from '../errors/check-argument.ts';
import type { TypeInformation } from '../serialization/type-information.ts';

/** Names a side output. Two tags with one id are the same output. Flink: OutputTag. */
export class OutputTag<T> {
  readonly id: string;
  readonly type: TypeInformation<T> | undefined;

  /** @throws ConfigError `INVALID_GRAPH` for an id that is empty */
  constructor(id: string, type?: TypeInformation<T>) {
    checkArgument(typeof id === 'string' && id !== '', id, {
      call: 'new OutputTag',
      expected: "an id that is not empty: new OutputTag('late')",
    });
    this.id = id;
    this.type = type;
  }
}
