/** Requests that are no HTTP, or that no route could take: answered in Flink's form, and the socket closed. */
import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** Of Node's parser. Any other means a request that could not be read. */
const STATUS_OF: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

export function answerSocketErrors(server: Server): void {
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    end(socket, 404, `Not found: ${request.url}`);
  });
  server.on('checkExpectation', (_request, response) => {
    const body = form('The expectation of the request cannot be met.');
    response.writeHead(417, {
      'content-type': CONTENT_TYPE,
      'content-length': Buffer.byteLength(body),
      connection: 'close',
    });
    response.end(body);
  });
}

const CONTENT_TYPE = 'application/json; charset=UTF-8';

/** Fastify's `clientErrorHandler`. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  const status = STATUS_OF[error.code ?? ''] ?? 400;
  end(socket, status, `The request cannot be read: ${STATUS_CODES[status]}.`);
}

function end(socket: Duplex, status: number, text: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = form(text);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${CONTENT_TYPE}\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

function form(text: string): string {
  return JSON.stringify({ errors: [text] });
}
