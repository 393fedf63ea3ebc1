/** What each job shows, on which input, and how its lines compare. */
import type { LineOrder } from './same-lines.ts';
import type { Script } from './script.ts';
import { clockScript, eventTimeScript, lockstepScript } from './scripts.ts';

export interface JobInput {
  /** The title of its test. */
  readonly shows: string;
  readonly script: () => Script;
  /** Of all streams that it puts out. */
  readonly order: LineOrder;
}

/** By name of the job. */
export const INPUTS: Readonly<Record<string, JobInput>> = {
  'tumbling-lateness': {
    shows: 'tumbling windows fire again for late records and divert those beyond the lateness',
    script: () => eventTimeScript({ seed: 1, records: 300, stepMs: 60, disorderMs: 350 }),
    order: 'by-key',
  },
  'window-state': {
    shows: 'window functions keep state of a window and of a key, and clear the former',
    script: () => eventTimeScript({ seed: 2, records: 250, stepMs: 60, disorderMs: 350 }),
    order: 'by-key',
  },
  'sliding-reduce': {
    shows: 'sliding windows have an offset, and gaps when the slide is longer than the size',
    script: () => eventTimeScript({ seed: 3, records: 250, stepMs: 70, disorderMs: 400 }),
    order: 'by-key',
  },
  'sliding-slices': {
    shows: 'sliding windows that overlap reduce and aggregate their records, late ones too',
    script: () => eventTimeScript({ seed: 37, records: 300, stepMs: 70, disorderMs: 400 }),
    order: 'by-key',
  },
  'session-reduce': {
    shows: 'sessions merge what they reduced and divert records beyond the lateness',
    script: () =>
      eventTimeScript({ seed: 4, records: 400, stepMs: 90, pauseMs: 500, disorderMs: 250 }),
    order: 'by-key',
  },
  'session-aggregate': {
    shows: 'sessions merge what they aggregated, also when a late record joins two of them',
    script: () =>
      eventTimeScript({ seed: 5, records: 400, stepMs: 80, pauseMs: 500, disorderMs: 250 }),
    order: 'by-key',
  },
  'session-dynamic-gap': {
    shows: 'sessions whose gap depends on the record keep all of their records',
    script: () =>
      eventTimeScript({ seed: 6, records: 400, stepMs: 90, pauseMs: 600, disorderMs: 250 }),
    order: 'by-key',
  },
  'count-windows': {
    shows: 'count windows tumble and slide by number of records',
    script: () => eventTimeScript({ seed: 7, records: 120, stepMs: 50, disorderMs: 200 }),
    order: 'exact',
  },
  'window-all': {
    shows: 'windows over all keys: tumbling, sessions, and by count',
    script: () =>
      eventTimeScript({ seed: 8, records: 200, stepMs: 50, pauseMs: 150, disorderMs: 120 }),
    order: 'exact',
  },
  'global-triggers': {
    shows: 'a global window fires by count and by delta, and purges when told',
    script: () => eventTimeScript({ seed: 9, records: 80, stepMs: 50, disorderMs: 200 }),
    order: 'exact',
  },
  'end-of-stream': {
    shows: 'a global window with the end-of-stream trigger fires once, at the end',
    script: () => eventTimeScript({ seed: 35, records: 80, stepMs: 50, disorderMs: 200 }),
    order: 'records-by-key',
  },
  'count-in-sessions': {
    shows: 'a count trigger adds up the counts of sessions that merge',
    script: () =>
      eventTimeScript({ seed: 10, records: 300, stepMs: 80, pauseMs: 500, disorderMs: 150 }),
    order: 'by-key',
  },
  'continuous-event-time': {
    shows: 'a continuous trigger fires at round event times and at the end of the window',
    script: () =>
      eventTimeScript({ seed: 11, records: 300, stepMs: 60, pauseMs: 400, disorderMs: 250 }),
    order: 'by-key',
  },
  'own-trigger': {
    shows: 'a trigger of the program fires, purges, sets and deletes timers, and merges its state',
    script: () =>
      eventTimeScript({ seed: 12, records: 400, stepMs: 60, pauseMs: 400, disorderMs: 250 }),
    order: 'by-key',
  },
  'evictors-global': {
    shows: 'evictors by count, time and delta, before and after the function',
    script: () => eventTimeScript({ seed: 13, records: 60, stepMs: 80, disorderMs: 300 }),
    order: 'exact',
  },
  'evictors-windows': {
    shows: 'evictors in sliding windows, sessions, and one of the program',
    script: () =>
      eventTimeScript({ seed: 14, records: 250, stepMs: 60, pauseMs: 400, disorderMs: 250 }),
    order: 'by-key',
  },
  timers: {
    shows: 'event-time timers that are set twice, deleted, in the past, and set by timers',
    script: () => eventTimeScript({ seed: 15, records: 250, stepMs: 40, disorderMs: 200 }),
    order: 'by-key',
  },
  'state-rules': {
    shows: 'every kind of state says the same about nothing, null, empty and cleared',
    script: () => eventTimeScript({ seed: 16, records: 400, keys: 2, stepMs: 20, disorderMs: 50 }),
    order: 'exact',
  },
  'side-outputs': {
    shows: 'side outputs go to who asks for their id, with the timestamps of the input',
    script: () => eventTimeScript({ seed: 17, records: 100, stepMs: 30, disorderMs: 100 }),
    order: 'exact',
  },
  rolling: {
    shows: 'rolling aggregations of a keyed stream',
    script: () => eventTimeScript({ seed: 18, records: 120, stepMs: 30, disorderMs: 100 }),
    order: 'exact',
  },
  'window-join': {
    shows: 'a join pairs the records of both inputs in each window',
    script: () => twoInputs(19, ['left', 'right']),
    order: 'by-key',
  },
  'co-group': {
    shows: 'a coGroup gives both sides of each session, also when one is empty',
    script: () => twoInputs(20, ['left', 'right']),
    order: 'by-key',
  },
  'interval-join': {
    shows: 'an interval join pairs within its bounds and diverts late records of each side',
    script: () => twoInputs(21, ['left', 'right']),
    order: 'any',
  },
  'interval-join-exclusive': {
    shows: 'an interval join leaves out its bounds when they are exclusive',
    script: () => twoInputs(22, ['left', 'right']),
    order: 'any',
  },
  connected: {
    shows: 'both inputs of a keyed function share state and timers',
    script: () => twoInputs(23, ['left', 'right']),
    order: 'by-key',
  },
  broadcast: {
    shows: 'broadcast state is read by one input and changed by the other',
    script: () => twoInputs(24, ['data', 'rule']),
    order: 'exact',
  },
  'broadcast-keyed': {
    shows: 'a broadcast record reaches the keyed state of every key',
    script: () => twoInputs(25, ['data', 'rule']),
    order: 'by-key',
  },
  async: {
    shows: 'async results keep their order, or the watermarks only',
    // Groups of four are completed at once.
    script: () => eventTimeScript({ seed: 26, records: 160, stepMs: 30, disorderMs: 100 }),
    order: 'exact',
  },
  'async-timeout': {
    shows: 'async requests without an answer run into the timeout in their place',
    script: () => eventTimeScript({ seed: 27, records: 60, stepMs: 30, disorderMs: 100 }),
    order: 'exact',
  },
  'async-retry': {
    shows: 'async requests are tried again until the attempts are used up',
    // The last record is answered at once.
    script: () =>
      eventTimeScript({ seed: 28, records: 60, stepMs: 30, disorderMs: 100 }).record(
        'data',
        'k0',
        0,
        2000,
      ),
    order: 'exact',
  },
  'async-retry-at-end': {
    shows: 'async requests that wait to be tried again are tried once more when the input ends',
    script: () => eventTimeScript({ seed: 34, records: 60, stepMs: 30, disorderMs: 100 }),
    order: 'any',
  },
  'processing-time-windows': {
    shows: 'tumbling, sliding and session windows of processing time',
    script: () => clockScript({ seed: 29, records: 150, stepsMs: [0, 0, 10, 20, 30, 90, 150] }),
    order: 'by-key',
  },
  'processing-time-triggers': {
    shows: 'continuous and timeout triggers of processing time',
    script: () => clockScript({ seed: 30, records: 150, stepsMs: [0, 0, 10, 20, 30, 90, 150] }),
    order: 'by-key',
  },
  'timeout-in-windows': {
    shows: 'a timeout fires windows of event time before their end',
    script: () => clockScript({ seed: 36, records: 150, stepsMs: [0, 0, 10, 20, 30, 90, 150] }),
    order: 'any',
  },
  'processing-time-timers': {
    shows: 'processing-time timers that are set twice, deleted, in the past, and set by timers',
    script: () => clockScript({ seed: 31, records: 150, stepsMs: [0, 0, 10, 20, 30, 90] }),
    order: 'by-key',
  },
  'watermark-strategies': {
    shows: 'watermark strategies with bounded disorder, idleness, and a generator of the program',
    // A pause is either short, or so long that a millisecond more or less does not count.
    script: () => clockScript({ seed: 32, records: 150, stepsMs: [0, 0, 0, 50, 300] }),
    order: 'exact',
  },
  ttl: {
    shows: 'state with a time to live, for each way to renew it and to see it',
    // Ends of lives are met exactly: the time to live is a multiple of the steps.
    script: () => clockScript({ seed: 33, records: 600, stepsMs: [0, 0, 10, 10, 20, 50] }),
    order: 'exact',
  },
};

function twoInputs(seed: number, inputs: readonly [string, string]): Script {
  return lockstepScript({ seed, records: 200, inputs, stepMs: 40, disorderMs: 120 });
}
