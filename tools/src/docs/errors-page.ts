/** The reference page of errors, from the table of codes. */
import { ERROR_CODES } from '@millrace/core';

export function errorsPage(): string {
  const rows = Object.entries(ERROR_CODES)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, sentence]) => `| \`${code}\` | ${sentence} |`);
  return `<!-- Generated from packages/core/src/errors by \`npm run docs\`. Do not edit. -->

# Errors

The class of an error says what follows: after a \`ConfigError\` the user edits something, a
\`CheckpointError\` ends one checkpoint while the job runs on, a \`TaskError\` leaves it to the restart
strategy, a \`FatalError\` stops the job, an \`InvariantError\` is a defect. The code says why.

| code | meaning |
|---|---|
${rows.join('\n')}
`;
}
