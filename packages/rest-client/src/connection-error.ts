/**
 * Why no answer came, in words that say what to do: `fetch failed` says nothing, and its cause speaks of OpenSSL.
 *
 * A browser tells no cause at all.
 */
import type { Remedies } from './remedies.ts';
import { RestError } from './rest-error.ts';

/** As Node and OpenSSL name what they find. */
const UNTRUSTED =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(VERIFY|GET)_.*|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE|INVALID_CA)$/;
const OUT_OF_DATE = /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/;
const MISNAMED = 'ERR_TLS_CERT_ALTNAME_INVALID';
const NO_TLS = 'ERR_SSL_WRONG_VERSION_NUMBER';
const CLOSED = 'UND_ERR_SOCKET';

/** @param error - of `fetch` */
export function connectionError(error: unknown, address: string, remedies: Remedies): RestError {
  const told = toldBy(error);
  const code = String((told as { readonly code?: unknown } | undefined)?.code ?? '');
  const reason = (told instanceof Error ? told.message : String(told)).replace(/\.$/, '');
  const tls = tlsFailure(code, reason, address, remedies);
  if (tls !== undefined) {
    return new RestError('REST_TLS_FAILED', tls, { cause: error });
  }
  if (code.startsWith('HPE_')) {
    const why = `what answers at ${address} does not speak HTTP; ${remedies.strange}`;
    return new RestError('REST_FAILED', why, { cause: error });
  }
  const why =
    code === CLOSED
      ? `${address} closed the connection without an answer${closedHint(address)}`
      : `no server answers at ${address}: ${reasonText(reason)}`;
  return new RestError('REST_UNREACHABLE', `${why}; ${remedies.unreachable}`, { cause: error });
}

function tlsFailure(
  code: string,
  reason: string,
  address: string,
  { untrusted }: Remedies,
): string | undefined {
  if (UNTRUSTED.test(code)) {
    return `the certificate of ${address} is not trusted here (${reason}); ${untrusted}`;
  }
  if (OUT_OF_DATE.test(code)) {
    return `the certificate of ${address} is out of date (${reason}); its server needs another one (security.ssl.rest.certificate)`;
  }
  if (code === MISNAMED) {
    return `the certificate of ${address} is one of another name (${reason}); name the server as its certificate does`;
  }
  if (code === NO_TLS) {
    return `${address} does not speak TLS; write http://`;
  }
  const { library } = /:(?<library>SSL routines):/.exec(reason)?.groups ?? {};
  return code.startsWith('ERR_SSL_') || library !== undefined
    ? `no secure connection to ${address}: ${alertOf(reason)}; server and client need a version and a cipher that both know`
    : undefined;
}

/** `tlsv1 alert protocol version` of `80FC…:error:0A00042E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version:…`. */
function alertOf(reason: string): string {
  return reason.split(':')[5] ?? reason;
}

function closedHint(address: string): string {
  return address.startsWith('https:')
    ? ', as one that asks its clients for a certificate does (security.ssl.rest.authentication-enabled), which this client has not'
    : ', as one that speaks TLS does: then write https://';
}

function reasonText(reason: string): string {
  switch (reason) {
    case 'bad port':
      return 'fetch asks no such port, which is one of another protocol (rest.port names another)';
    case '':
      return 'it gives an answer that fetch does not take, as a proxy that wants a password does (407)';
    default:
      return reason;
  }
}

/** Of several addresses of one name the first. */
function toldBy(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  const [first] = cause instanceof AggregateError ? cause.errors : [cause];
  return first instanceof Error ? first : error;
}
