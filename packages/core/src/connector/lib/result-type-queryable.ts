import type { TypeInformation } from '../../serialization/type-information.ts';

/** A source that knows the type of its records, so the program need not name it. */
export interface ResultTypeQueryable<T> {
  readonly producedType: TypeInformation<T>;
}

/** `undefined` for a source that does not say. */
export function producedTypeOf<T>(source: object): TypeInformation<T> | undefined {
  return 'producedType' in source
    ? (source as Partial<ResultTypeQueryable<T>>).producedType
    : undefined;
}
