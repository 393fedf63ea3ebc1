/** The bar at the top: where one can go, whether the server answers, theme and help. */
import { type ReadonlySignal, type Signal, signal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { formatDuration, formatTime } from '../format/times.ts';
import { secondsClock } from '../live/browser-clock.ts';
import { connection, jobsThreadBusySince } from '../live/connection.ts';
import { refreshAll } from '../live/poll.ts';
import { giveToken, tokenWanted } from '../rest/client.ts';
import { route } from '../routing/location.ts';
import { hrefOf } from '../routing/routes.ts';
import { helpOpen } from '../shortcuts/shortcuts.tsx';
import { themeChoice, turnTheme } from '../widgets/theme.ts';

const PLACES: readonly { readonly name: string; readonly part: string; readonly also: string }[] = [
  { name: 'Jobs', part: 'jobs', also: 'job' },
  { name: 'Task managers', part: 'task-managers', also: 'task-manager' },
  { name: 'Job manager', part: 'job-manager', also: '' },
];
/** How many tokens were given: what is on the page was asked with the one before. */
const given: Signal<number> = signal(0);
export const tokensGiven: ReadonlySignal<number> = given;

const THEME_SIGNS = { system: '◐', light: '○', dark: '●' };

export function Header(): VNode {
  const first = route.value.parts[0] ?? 'jobs';
  return (
    <>
      <button class="skip" type="button" onClick={() => document.getElementById('main')?.focus()}>
        To the page
      </button>
      <header class="top">
        <a class="brand" href={hrefOf(['jobs'])}>
          <svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
            <path d="M1 5c3-3 5 3 8 0s4-1 6 0M1 11c3-3 5 3 8 0s4-1 6 0" />
          </svg>
          <span>Millrace</span>
        </a>
        <nav aria-label="Places">
          {PLACES.map(({ name, part, also }) => (
            <a
              key={part}
              href={hrefOf([part])}
              aria-current={first === part || first === also ? 'page' : undefined}
            >
              {name}
            </a>
          ))}
        </nav>
        <ConnectionSign />
        <button
          class="icon"
          type="button"
          title={`Theme: ${themeChoice.value} (t)`}
          aria-label={`Theme: ${themeChoice.value}; change it`}
          onClick={turnTheme}
        >
          {THEME_SIGNS[themeChoice.value]}
        </button>
        <button
          class="icon"
          type="button"
          title="Keyboard (?)"
          aria-label="Keyboard shortcuts"
          onClick={() => {
            helpOpen.value = true;
          }}
        >
          ?
        </button>
      </header>
      <AwayNote />
      <BusyNote />
      <TokenForm />
    </>
  );
}

function ConnectionSign(): VNode {
  const { state } = connection.value;
  const words = { connecting: 'Connecting', here: 'Connected', away: 'Server away' }[state];
  return (
    <span class={`connection ${state}`} role="status" title={words}>
      <i aria-hidden="true" />
      <span class="unseen">{words}</span>
    </span>
  );
}

function AwayNote(): VNode | null {
  const now = connection.value;
  if (now.state !== 'away') {
    return null;
  }
  return (
    <div class="away" role="alert">
      <span>
        The server has not answered for <AwaySpan since={now.since} />. What you see is as it was
        then; it is asked again and again.
      </span>
      <button type="button" onClick={refreshAll}>
        Ask now
      </button>
    </div>
  );
}

function BusyNote(): VNode | null {
  const since = jobsThreadBusySince.value;
  if (since === undefined || connection.value.state === 'away') {
    return null;
  }
  return (
    <div class="away" role="status">
      <span>
        The thread of the jobs has been busy for <AwaySpan since={since} />, since{' '}
        {formatTime(since, since)}: a function may hold it. What you see is as it was before; the
        rest comes when it answers.
      </span>
    </div>
  );
}

/** Alone renders each second, and is not read out each second. */
function AwaySpan({ since }: { since: number }): VNode {
  const seconds = Math.max(0, Math.round((secondsClock.value - since) / 1000));
  return <span aria-live="off">{formatDuration(seconds * 1000)}</span>;
}

function TokenForm(): VNode | null {
  const token = useSignal('');
  if (!tokenWanted.value) {
    return null;
  }
  return (
    <form
      class="away"
      onSubmit={(event) => {
        event.preventDefault();
        giveToken(token.value.trim());
        given.value += 1;
        refreshAll();
      }}
    >
      <label>
        {given.value === 0 ? 'This server asks for a token' : 'That is not its token. The token'}{' '}
        <input
          type="password"
          autocomplete="off"
          value={token.value}
          onInput={(event) => {
            token.value = event.currentTarget.value;
          }}
        />
      </label>
      <button type="submit">Use it</button>
    </form>
  );
}
