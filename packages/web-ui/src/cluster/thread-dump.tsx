/** What the threads of a process do now, fetched when asked for. */
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { usePoll } from '../live/poll.ts';
import type { ThreadDump } from '../rest/cluster.ts';
import { Loaded } from '../widgets/loaded.tsx';

export function ThreadDumpView({ base }: { base: string }): VNode {
  const open = useSignal(false);
  return (
    <details
      class="section"
      onToggle={(event) => {
        open.value = event.currentTarget.open;
      }}
    >
      <summary>
        <h2>Threads</h2>
      </summary>
      {open.value && <Threads base={base} />}
    </details>
  );
}

function Threads({ base }: { base: string }): VNode {
  const dump = usePoll<ThreadDump>(`${base}/thread-dump`, Number.POSITIVE_INFINITY);
  return (
    <Loaded poll={dump} what="Threads" lines={4}>
      {({ threadInfos }) => (
        <>
          {threadInfos.map(({ threadName, stringifiedThreadInfo }, index) => (
            <details key={`${threadName} ${index}`}>
              <summary>{threadName}</summary>
              <pre class="trace">{stringifiedThreadInfo}</pre>
            </details>
          ))}
        </>
      )}
    </Loaded>
  );
}
