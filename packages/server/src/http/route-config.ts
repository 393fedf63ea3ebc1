/** What a route says of itself besides its schema. */
declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of the web UI: for everyone, without the headers of the API. */
    readonly isFile?: boolean;
    /** Flink's name of the body, for the message when it does not fit. */
    readonly bodyName?: string;
  }
}

export type {};
