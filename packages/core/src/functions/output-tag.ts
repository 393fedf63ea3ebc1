import type { TypeInformation } from '../serialization/type-information.ts';

/** Names a side output. Two tags with one id are the same output. Flink: OutputTag. */
export class OutputTag<T> {
  readonly id: string;
  readonly type: TypeInformation<T> | undefined;

  constructor(id: string, type?: TypeInformation<T>) {
    this.id = id;
    this.type = type;
  }
}
