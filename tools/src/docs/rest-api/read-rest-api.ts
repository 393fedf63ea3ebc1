/** The OpenAPI document of the REST server, as it is compiled now. */
import { restApiDocument } from '@millrace/server';
import type { OpenApiDocument } from './openapi.ts';

export async function readRestApi(): Promise<OpenApiDocument> {
  return (await restApiDocument()) as unknown as OpenApiDocument;
}
