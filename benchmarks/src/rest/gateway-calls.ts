/** How often the thread of the jobs is asked by the REST thread, and how long it takes to know the answers. */
import { type DispatcherGateway, dispatcherOfProcess } from '@millrace/runtime';

const ASKED = [
  'jobs',
  'jobStatus',
  'jobDetails',
  'checkpointStatistics',
  'taskManagers',
  'metrics',
] as const satisfies readonly (keyof DispatcherGateway)[];

export interface GatewayCalls {
  calls: number;
  us: number;
}

/** Counts from now on, for the life of the process. */
export function countGatewayCalls(): GatewayCalls {
  const counted: GatewayCalls = { calls: 0, us: 0 };
  const dispatcher = dispatcherOfProcess() as unknown as Record<
    string,
    (...args: unknown[]) => unknown
  >;
  for (const name of ASKED) {
    const call = dispatcher[name]!.bind(dispatcher);
    dispatcher[name] = (...args) => {
      const begin = performance.now();
      const answer = call(...args);
      counted.us += (performance.now() - begin) * 1000;
      counted.calls++;
      return answer;
    };
  }
  return counted;
}
