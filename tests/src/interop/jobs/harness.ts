/**
 * Drives one operator of a program through a script, with the clock in the script's hand.
 *
 * The clock moves a millisecond at a time, so each timer fires when it is due. Flink's harness fires
 * a timer at its time, Flink's tasks and all of Millrace a millisecond later. So nothing that is put
 * out may tell the time of firing, and no record may come at the time of a timer: records come when
 * the clock is at 5 (mod 10), and timers are at any other.
 *
 * Java: lab.jobs.Harness.
 */

import type { OneInputStreamOperator } from '@millrace/runtime';
import { OperatorTestHarness, type OutputEvent } from '@millrace/testing';
import { type DataStream, type KeyedStream, StreamExecutionEnvironment, Types } from 'millrace';
import { EVENT, type Event, summary } from './event.ts';
import { recordLine, watermarkLine } from './outputs.ts';
import type { Script } from './script.ts';

/** The program's last operator takes the script. @returns what it puts out */
export function driveKeyed(
  script: Script,
  program: (keyed: KeyedStream<Event, string>) => DataStream<string>,
): Promise<string[]> {
  return drive<string>(script, (events) => program(events.keyBy(({ key }) => key, Types.STRING)));
}

export async function drive<R extends string | Event>(
  script: Script,
  program: (events: DataStream<Event>) => DataStream<R>,
  autoWatermarkIntervalMs?: number,
): Promise<string[]> {
  const env = StreamExecutionEnvironment.createLocalEnvironment();
  const harness = await OperatorTestHarness.open<R, OneInputStreamOperator<Event, R>>(
    operatorOf(program(env.fromData<Event>([], EVENT))),
    autoWatermarkIntervalMs === undefined ? {} : { autoWatermarkIntervalMs },
  );
  for (const step of script.steps) {
    if (step.kind === 'record') {
      harness.processElement(step.event, step.event.ts);
    } else if (step.kind === 'watermark') {
      harness.processWatermark(step.time);
    } else {
      harness.setProcessingTime(step.time);
    }
  }
  await harness.close();
  return harness.output.map(line);
}

function operatorOf<R>(stream: DataStream<R>): OneInputStreamOperator<Event, R> {
  const { transformation } = stream;
  const factory = transformation.kind === 'operator' ? transformation.createFactory() : undefined;
  if (factory?.kind !== 'one-input') {
    throw new TypeError('the program ends in no operator of one input');
  }
  return factory.createOperator() as OneInputStreamOperator<Event, R>;
}

function line(event: OutputEvent<string | Event>): string {
  if ('watermark' in event) {
    return watermarkLine(event.watermark);
  }
  if ('status' in event) {
    return event.status;
  }
  const { value, timestamp } = event;
  return recordLine(typeof value === 'string' ? value : summary(value), timestamp);
}
