/** `/openapi.json`. Ours alone. */
import type { RestRoom } from '../http/rest-room.ts';
import { openApiDocument } from './openapi-document.ts';

export const openApiRoom: RestRoom = (app) => {
  let text: string | undefined;
  app.get('/openapi.json', { schema: { hide: true } }, async (_request, reply) => {
    text ??= JSON.stringify(openApiDocument(app));
    return reply.type('application/json; charset=UTF-8').send(text);
  });
};
