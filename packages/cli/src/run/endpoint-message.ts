/** From the process of a program to `millrace run`. */
export interface EndpointMessage {
  readonly millrace: 'listening';
  /** `http://127.0.0.1:8081` */
  readonly url: string;
  /** What it asks for. */
  readonly token?: string;
}

export function isEndpointMessage(message: unknown): message is EndpointMessage {
  const { millrace, url } = (message ?? {}) as Partial<EndpointMessage>;
  return millrace === 'listening' && typeof url === 'string';
}
