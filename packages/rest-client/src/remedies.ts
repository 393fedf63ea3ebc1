/** What a person can do about a failure, said at the end of its message. */
export interface Remedies {
  /** Nobody answers at the address. */
  readonly unreachable: string;
  /** Nobody whom this machine trusts has signed the certificate of the server. */
  readonly untrusted: string;
  /** The answer takes longer than `timeoutMs`. */
  readonly late: string;
  /** The token is missing or wrong. */
  readonly unauthorized: string;
  /** What answers is something else. */
  readonly strange: string;
}

/** In the words of a program that calls the client. */
export const REMEDIES: Remedies = {
  unreachable: 'is the job running, with rest.port set to this port?',
  untrusted: 'NODE_EXTRA_CA_CERTS=FILE in the environment of Node.js trusts what a PEM file holds',
  late: 'the process may be at its limits, or timeoutMs too short',
  unauthorized: 'give its rest.auth.token as token',
  strange: 'is it the REST server of a job?',
};
