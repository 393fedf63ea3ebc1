/** The OpenAPI document without an endpoint that listens: what clients and pages are generated from. */
import { Configuration, SystemClock } from '@millrace/core';
import type { DispatcherGateway } from '@millrace/runtime';
import { openApiDocument } from '../openapi/openapi-document.ts';
import { RestEndpoint } from './rest-endpoint.ts';

/** The same as `GET /openapi.json` answers: OpenAPI 3.1. */
export async function restApiDocument(): Promise<Readonly<Record<string, unknown>>> {
  const { app } = new RestEndpoint({
    configuration: new Configuration(),
    gateway: {} as DispatcherGateway, // No request comes that would ask it.
    clock: new SystemClock(),
    onHold: () => {},
    onClose: () => {},
  });
  await app.ready();
  const document = openApiDocument(app);
  await app.close();
  return document;
}
