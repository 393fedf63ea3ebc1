/** Which Flink this speaks like, and what it is: for clients that ask, in Flink's form. */
import { createRequire } from 'node:module';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

export const VERSION_ID: string = `millrace-${version}`;
/** Flink 1.20 is what clients may rely on. */
export const FLINK_VERSION: string = `1.20-${VERSION_ID}`;
/** `commit @ date`, of which a package knows neither. */
export const FLINK_REVISION: string = `${VERSION_ID} @ 1970-01-01T00:00:00+00:00`;
