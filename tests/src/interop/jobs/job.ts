/** A job of the comparison, and how it is run. */
import { type DataStream, StreamExecutionEnvironment, WatermarkStrategy } from 'millrace';
import { EVENT, type Event } from './event.ts';
import { Lockstep } from './lockstep.ts';
import { type Lines, Outputs } from './outputs.ts';
import type { Script } from './script.ts';
import { ScriptSource } from './script-source.ts';

/** What a job does with its script. */
export type Job = (script: Script) => Promise<Lines>;

/** By name, which is that of its script and of the job in Java. */
export type Jobs = Readonly<Record<string, Job>>;

/** A job that is a program on a stream of events. */
export function program(build: (events: DataStream<Event>, out: Outputs) => void): Job {
  return (script) => run(new ScriptSource(script), build);
}

/** A program whose source keeps step with the operator behind it. */
export function twoInputProgram(
  build: (events: DataStream<Event>, out: Outputs, lockstep: Lockstep) => void,
): Job {
  return (script) => {
    const lockstep = new Lockstep();
    return run(new ScriptSource(script, lockstep), (events, out) => build(events, out, lockstep));
  };
}

export function input(events: DataStream<Event>, name: string): DataStream<Event> {
  return events.filter((event) => event.input === name);
}

/** At parallelism 1, so that the script decides the order of all records and watermarks. */
async function run(
  source: ScriptSource,
  build: (events: DataStream<Event>, out: Outputs) => void,
): Promise<Lines> {
  const env = StreamExecutionEnvironment.createLocalEnvironment({
    'restart-strategy.type': 'none',
  }).setParallelism(1);
  const outputs = new Outputs();
  build(env.fromSource(source, WatermarkStrategy.noWatermarks(), 'script', EVENT), outputs);
  await env.execute();
  return outputs.lines;
}
