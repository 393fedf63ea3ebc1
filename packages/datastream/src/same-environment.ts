/** Streams that meet are of one program. */
import { ConfigError } from '@millrace/core';
import type { StreamExecutionEnvironment } from './stream-execution-environment.ts';

interface WithEnvironment {
  readonly executionEnvironment: StreamExecutionEnvironment;
}

/** @throws ConfigError `INVALID_GRAPH` */
export function checkSameEnvironment(first: WithEnvironment, second: WithEnvironment): void {
  if (first.executionEnvironment !== second.executionEnvironment) {
    throw new ConfigError(
      'INVALID_GRAPH',
      'two streams of different environments cannot meet; make both with one environment',
    );
  }
}
