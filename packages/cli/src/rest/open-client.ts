/** The client of the REST API as the commands use it: remedies are options of the command line. */
import { MillraceClient } from '@millrace/rest-client';

/** Flink: ClientOptions.CLIENT_TIMEOUT. */
const TIMEOUT_MS = 60_000;

export interface ClientOptions {
  readonly address: URL;
  readonly token?: string | undefined;
  /** Of the command. */
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

export function clientOf(options: ClientOptions): MillraceClient {
  const { address, token, signal, timeoutMs = TIMEOUT_MS } = options;
  return new MillraceClient({
    ...{ address, token, signal, timeoutMs },
    remedies: {
      unreachable:
        'start a job with `millrace run`, or say where it is with --jobmanager HOST:PORT',
      untrusted:
        'if it is the one of security.ssl.rest.certificate, trust it: NODE_EXTRA_CA_CERTS=ITS_PEM_FILE millrace …',
      late: 'the process may be at its limits, or busy for long',
      unauthorized:
        token === undefined
          ? 'give its token with --token or MILLRACE_TOKEN'
          : 'its token is not the one of --token, MILLRACE_TOKEN or rest.auth.token',
      strange: 'is it the REST server of a job? --jobmanager names another',
    },
  });
}
