/** The end of a log: followed while it grows, by level and words. */
import { RestError } from '@millrace/rest-client';
import { type Signal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { formatBytes } from '../format/numbers.ts';
import { later } from '../live/browser-clock.ts';
import { usePoll } from '../live/poll.ts';
import type { LogList } from '../rest/cluster.ts';
import { getTextTail } from '../rest/text-tail.ts';
import { Empty, ErrorNote, Loaded } from '../widgets/loaded.tsx';
import { matches, SearchField } from '../widgets/search-field.tsx';
import { chosenLines, LEVELS, type Level, parseLog } from './log-lines.ts';
import { WholeFile } from './whole-file.tsx';

const TAIL_BYTES_MAX = 1024 * 1024;
const LINES_MAX = 2000;
const LIST_EVERY_MS = 3000;

/** @param base - `jobmanager` or `taskmanagers/ID` */
export function LogView({ base }: { base: string }): VNode {
  const list = usePoll<LogList>(`${base}/logs`, LIST_EVERY_MS);
  const chosen = useSignal<string | undefined>(undefined);
  return (
    <Loaded poll={list} what="Logs" lines={6} missing={<Empty>This server keeps no logs.</Empty>}>
      {({ logs }) => {
        const log =
          logs.find(({ name }) => name === chosen.value) ??
          logs.find(({ name }) => name.includes(base.slice(0, 'jobmanager'.length))) ??
          logs[0];
        return log === undefined ? (
          <Empty>No log yet.</Empty>
        ) : (
          <Log
            key={log.name}
            path={`${base}/logs/${encodeURIComponent(log.name)}`}
            name={log.name}
            version={`${log.size} ${log.mtime}`}
            choice={
              <select
                aria-label="Which log"
                value={log.name}
                onChange={(event) => {
                  chosen.value = event.currentTarget.value;
                }}
              >
                {logs.map(({ name, size }) => (
                  <option key={name} value={name}>
                    {name} ({formatBytes(size)})
                  </option>
                ))}
              </select>
            }
          />
        );
      }}
    </Loaded>
  );
}

interface LogProps {
  readonly path: string;
  readonly name: string;
  /** Changes when the log does: then its end is fetched. */
  readonly version: string;
  readonly choice: VNode;
}

function Log({ path, name, version, choice }: LogProps): VNode {
  const tail = useTail(path, version);
  const wanted = useSignal('');
  const level = useSignal<Level>('TRACE');
  const follow = useSignal(true);
  const { text, cut } = tail.value;
  const lines = useMemo(() => parseLog(text), [text]);
  const found = chosenLines(lines, level.value, (line) => matches(wanted.value, line));
  const shown = found.slice(-LINES_MAX);
  return (
    <>
      <div class="tools">
        {choice}
        <SearchField label="Find in the log" value={wanted} />
        <LevelChoice level={level} />
        <label class="choice">
          <input
            type="checkbox"
            checked={follow.value}
            onChange={(event) => {
              follow.value = event.currentTarget.checked;
            }}
          />
          Follow
        </label>
        <WholeFile path={path} name={name} />
      </div>
      {tail.value.error !== undefined && <ErrorNote what="Log" error={tail.value.error} />}
      <p class="quiet log-count">
        {shown.length} of {lines.length} lines
        {cut || shown.length < found.length ? ' at its end' : ''}
      </p>
      <LogLines
        text={shown}
        follow={follow}
        change={`${shown.length} ${text.length} ${wanted.value}`}
      />
    </>
  );
}

function LevelChoice({ level }: { level: Signal<Level> }): VNode {
  return (
    <select
      aria-label="Least level"
      value={level.value}
      onChange={(event) => {
        level.value = event.currentTarget.value as Level;
      }}
    >
      {LEVELS.map((one) => (
        <option key={one} value={one}>
          {one === 'TRACE' ? 'all levels' : `${one.toLowerCase()} and above`}
        </option>
      ))}
    </select>
  );
}

interface LogLinesProps {
  readonly text: ReturnType<typeof chosenLines>;
  readonly follow: Signal<boolean>;
  readonly change: string;
}

function LogLines({ text, follow, change }: LogLinesProps): VNode {
  const box = useRef<HTMLPreElement>(null);
  // The end is shown whenever lines came.
  useLayoutEffect(() => {
    if (follow.peek()) {
      box.current?.scrollTo({ top: box.current.scrollHeight });
    }
  }, [change, follow.value]);
  return (
    <pre
      ref={box}
      class="log"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
      tabIndex={0}
      role="log"
      aria-live="off"
      aria-label="Lines of the log"
    >
      {text.map((line, index) => (
        <span
          key={index}
          class={line.level === undefined ? undefined : `level-${line.level.toLowerCase()}`}
        >
          {line.text}
          {'\n'}
        </span>
      ))}
    </pre>
  );
}

interface Tail {
  readonly text: string;
  readonly cut: boolean;
  readonly error?: RestError;
}

function useTail(path: string, version: string): Signal<Tail> {
  const tail = useSignal<Tail>({ text: '', cut: false });
  // Fetched anew when the log changed.
  useEffect(() => {
    const abort = new AbortController();
    // Versions may follow fast; the last one is fetched.
    const callOff = later(50, () => {
      getTextTail(path, TAIL_BYTES_MAX, abort.signal)
        .then((fetched) => {
          tail.value = fetched;
        })
        .catch((error: unknown) => {
          if (error instanceof RestError) {
            tail.value = { ...tail.peek(), error };
          }
        });
    });
    return () => {
      callOff();
      abort.abort();
    };
  }, [path, version, tail]);
  return tail;
}
