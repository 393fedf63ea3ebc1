/** Every answer that refuses. Flink: ErrorResponseBody. */
export interface ErrorResponseBody {
  readonly errors: readonly string[];
}
