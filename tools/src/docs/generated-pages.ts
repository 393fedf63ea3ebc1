/** Every generated page, with its text as it ought to be. */
import { commandLinePage } from './command-line-page.ts';
import { configurationPage } from './configuration-page.ts';
import { errorsPage } from './errors-page.ts';
import { withHouseTable } from './house-table.ts';

export interface GeneratedPage {
  readonly path: string;
  readonly text: string;
}

const ARCHITECTURE = 'ARCHITECTURE.md';

/** @param read - the present text of a page that is generated only in part */
export function generatedPages(read: (path: string) => string | undefined): GeneratedPage[] {
  const architecture = read(ARCHITECTURE);
  return [
    { path: 'docs/reference/command-line.md', text: commandLinePage() },
    { path: 'docs/reference/configuration.md', text: configurationPage() },
    { path: 'docs/reference/errors.md', text: errorsPage() },
    ...(architecture === undefined
      ? []
      : [{ path: ARCHITECTURE, text: withHouseTable(architecture) }]),
  ];
}
