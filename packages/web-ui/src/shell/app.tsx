/** The whole page: the bar, and what the address says below it. */
import { effect } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { JobManagerPage } from '../cluster/job-manager-page.tsx';
import { TaskManagerPage, TaskManagersPage } from '../cluster/task-managers-page.tsx';
import { JobPage } from '../job/job-page.tsx';
import { JobsPage } from '../jobs/jobs-page.tsx';
import { useJobsThread } from '../live/jobs-thread.ts';
import { refreshAll, refreshIntervalMs, usePoll } from '../live/poll.ts';
import type { DashboardConfig } from '../rest/jobs.ts';
import { goTo, route } from '../routing/location.ts';
import { hrefOf } from '../routing/routes.ts';
import { focusSearch, helpOpen, ShortcutHelp, useShortcuts } from '../shortcuts/shortcuts.tsx';
import { turnTheme } from '../widgets/theme.ts';
import { Header, tokensGiven } from './header.tsx';

const EVERYWHERE = [
  { keys: '/', what: 'search on this page', run: focusSearch },
  { keys: 'g j', what: 'jobs', run: () => goTo(['jobs']) },
  { keys: 'g t', what: 'task managers', run: () => goTo(['task-managers']) },
  { keys: 'g m', what: 'job manager', run: () => goTo(['job-manager']) },
  { keys: 'r', what: 'ask the server now', run: refreshAll },
  { keys: 't', what: 'theme: system, light, dark', run: turnTheme },
  {
    keys: '?',
    what: 'this list',
    run: () => {
      helpOpen.value = true;
    },
  },
];

export function App(): VNode {
  useShortcuts(EVERYWHERE, []);
  const config = usePoll<DashboardConfig & { 'flink-version'?: string }>('config', 60_000);
  useJobsThread(config.data.value?.['flink-version']?.includes('millrace') === true);
  useEffect(
    () =>
      effect(() => {
        refreshIntervalMs.value = config.data.value?.['refresh-interval'] ?? 3000;
      }),
    [config],
  );
  return (
    <>
      <Header />
      <Main key={tokensGiven.value} />
      <ShortcutHelp />
    </>
  );
}

function Main(): VNode {
  const main = useRef<HTMLElement>(null);
  const { parts } = route.value;
  const page = parts.slice(0, 3).join('/');
  // Another page begins at its top; a change within one leaves the scroll where it is.
  // Scrolls when the page changes.
  useEffect(() => {
    scrollTo({ top: 0 });
    document.title = titleOf(parts);
  }, [page]);
  return (
    <main id="main" ref={main} tabIndex={-1}>
      <Page parts={parts} />
    </main>
  );
}

function Page({ parts }: { parts: readonly string[] }): ComponentChildren {
  const [place, id] = parts;
  switch (place) {
    case undefined:
    case 'jobs':
      return <JobsPage />;
    case 'job':
      return id === undefined ? <JobsPage /> : <JobPage key={id} jid={id} />;
    case 'task-managers':
      return <TaskManagersPage />;
    case 'task-manager':
      return id === undefined ? <TaskManagersPage /> : <TaskManagerPage key={id} id={id} />;
    case 'job-manager':
      return <JobManagerPage />;
    default:
      return (
        <p class="empty">
          There is no page at this address. <a href={hrefOf(['jobs'])}>To the jobs</a>
        </p>
      );
  }
}

function titleOf([place, , tab]: readonly string[]): string {
  const page = tab ?? (place === 'job' ? 'graph' : (place ?? 'jobs'));
  return `${page.replace('-', ' ')} · Millrace`;
}
