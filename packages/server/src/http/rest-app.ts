/**
 * The HTTP side of the REST endpoint, whatever its routes: versions, error form, limits, who is let in.
 *
 * Invariants:
 * - Every answer that is no file is JSON, and says what is wrong as `{"errors": […]}`. None shows a stack.
 * - A request that is too large, malformed or slow is answered or its connection closed; none is held.
 *
 * Flink: RestServerEndpoint, RouterHandler, AbstractHandler.
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import {
  type Configuration,
  errorCode,
  RestOptions,
  SecurityOptions,
  WebOptions,
} from '@millrace/core';
import Fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { Authentication } from './authentication.ts';
import { jsonWriter } from './java-json.ts';
import { buildLazyValidator } from './lazy-validation.ts';
import { lowerCaseIds } from './lower-case-ids.ts';
import { parseBody } from './request-body.ts';
import { routePath } from './request-url.ts';
import { errorAnswer, RestError } from './rest-error.ts';
import type { RestApp } from './rest-room.ts';
import { coerceScalars } from './scalar-coercion.ts';
import { answerClientError, answerSocketErrors } from './socket-errors.ts';
import { WebPageGuard } from './web-page-guard.ts';

const CONTENT_TYPE = 'application/json; charset=UTF-8';

export function createRestApp(configuration: Configuration): RestApp {
  const prefix = configuration.get(RestOptions.URL_PREFIX);
  const maxContentLength = configuration.get(RestOptions.SERVER_MAX_CONTENT_LENGTH);
  const app = Fastify({
    logger: false,
    exposeHeadRoutes: false,
    bodyLimit: maxContentLength,
    keepAliveTimeout: configuration.get(RestOptions.IDLENESS_TIMEOUT),
    connectionTimeout: configuration.get(RestOptions.IDLENESS_TIMEOUT),
    requestTimeout: 60_000, // For a whole request to arrive; Node's own bound on headers is 60 s too.
    forceCloseConnections: true,
    return503OnClosing: false,
    rewriteUrl: (request: IncomingMessage) => routePath(request.url ?? '/', prefix),
    routerOptions: {
      ignoreTrailingSlash: true,
      maxParamLength: 4096,
    },
    frameworkErrors: (error: unknown, _request: unknown, reply: FastifyReply) =>
      answerError(error, reply),
    clientErrorHandler: answerClientError,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array', allErrors: false } },
    schemaController: { compilersFactory: { buildValidator: buildLazyValidator } },
    schemaErrorFormatter: ([error]: SchemaFault[], part: string) => schemaError(error, part),
    ...(configuration.get(SecurityOptions.SSL_REST_ENABLED)
      ? { https: tlsOptions(configuration) }
      : {}),
  } as object).withTypeProvider<TypeBoxTypeProvider>() as unknown as RestApp;
  app.setSerializerCompiler(({ schema }) => jsonWriter(schema as object));
  answerSocketErrors(app.server);
  readBodies(app);
  app.addHook('preHandler', lowerCaseIds);
  guard(app, configuration, maxContentLength);
  app.setErrorHandler((error, _request, reply) => answerError(error, reply));
  app.setNotFoundHandler((request, reply) => {
    answer(reply, 404, [`Not found: ${request.originalUrl}`]);
  });
  return app;
}

/** A body is JSON whatever its content type says, as Flink takes it; files are none. */
function readBodies(app: RestApp): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (request, text, done) => {
    if (request.is404) {
      done(null, undefined);
      return;
    }
    if (/^multipart\//i.test(request.headers['content-type'] ?? '')) {
      done(RestError.refused(400, 'File uploads not allowed.'), undefined);
      return;
    }
    try {
      done(null, parseBody(text as string));
    } catch (error) {
      done(error as Error, undefined);
    }
  });
  app.addHook('onRoute', (route) => {
    const { body } = (route.schema ?? {}) as { readonly body?: TSchema };
    if (body !== undefined) {
      const before = [route.preValidation ?? []].flat();
      route.preValidation = [...before, checkBody(body)] as NonNullable<typeof route.preValidation>;
    }
  });
  // A request without any body has no content type either, and comes by no parser.
  app.addHook('preValidation', (request, _reply, done) => {
    request.body ??= {};
    done();
  });
}

/** In a body each value is of its type, or a scalar that Flink takes for it. The rest is for Ajv to judge. */
function checkBody(schema: TSchema) {
  let compiled: Validator | undefined;
  return (request: FastifyRequest, _reply: unknown, done: (error?: Error) => void): void => {
    request.body = coerceScalars(schema, request.body);
    compiled ??= Compile(schema); // When the first body comes: it takes longer than to start an endpoint.
    const faults = compiled.Check(request.body) ? [] : compiled.Errors(request.body);
    const fault = faults.find(({ keyword }) => keyword === 'type');
    done(fault && schemaError(fault as unknown as SchemaFault, 'body'));
  };
}

function guard(app: RestApp, configuration: Configuration, maxContentLength: number): void {
  const authentication = new Authentication(configuration.get(RestOptions.AUTH_TOKEN));
  const pages = new WebPageGuard(configuration);
  const allowOrigin = configuration.get(WebOptions.ACCESS_CONTROL_ALLOW_ORIGIN);
  app.addHook('onRequest', (request, reply, done) => {
    // Flink's files have no such header.
    if (request.routeOptions.config.isFile !== true) {
      reply.header('access-control-allow-origin', allowOrigin);
      reply.header('content-type', CONTENT_TYPE);
    }
    if (Number(request.headers['content-length'] ?? 0) > maxContentLength) {
      done(tooLarge(maxContentLength));
      return;
    }
    try {
      pages.check({
        method: request.method,
        route: request.routeOptions.url,
        headers: request.headers,
      });
    } catch (error) {
      done(error as Error);
      return;
    }
    if (
      request.routeOptions.config.isFile !== true &&
      !authentication.letsIn(request.headers.authorization)
    ) {
      reply.header('www-authenticate', 'Bearer');
      done(
        RestError.refused(
          401,
          `This endpoint needs a token: send the header Authorization: Bearer TOKEN (${RestOptions.AUTH_TOKEN.key}).`,
        ),
      );
      return;
    }
    done();
  });
}

function tooLarge(maxContentLength: number): RestError {
  return new RestError(
    413,
    `Content length exceeded ${maxContentLength} bytes. Try to raise [${RestOptions.SERVER_MAX_CONTENT_LENGTH.key}]`,
  );
}

interface SchemaFault {
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

function schemaError(fault: SchemaFault | undefined, part: string): Error {
  const name = fault?.instancePath.slice(1).replaceAll('/', '.') ?? '';
  if (part === 'params') {
    return new ParameterFault(`path parameter (${name})`, name, 'params');
  }
  if (part === 'querystring') {
    const missing = fault?.params.missingProperty;
    if (missing !== undefined) {
      return RestError.missingParameter(`query parameter (${missing})`);
    }
    return new ParameterFault(`query parameter (${name})`, name, 'query');
  }
  const additional = fault?.params.additionalProperty;
  const what =
    additional === undefined
      ? `${name === '' ? 'the body' : name} ${fault?.message}`
      : `the field ${JSON.stringify(additional)} is not known`;
  return new BodyFault(what);
}

class ParameterFault extends Error {
  readonly what: string;
  readonly parameter: string;
  readonly part: 'params' | 'query';

  constructor(what: string, parameter: string, part: 'params' | 'query') {
    super(what);
    this.what = what;
    this.parameter = parameter;
    this.part = part;
  }
}

class BodyFault extends Error {}

function answerError(thrown: unknown, reply: FastifyReply): void {
  const { status, body } = errorAnswer(asRestError(thrown, reply.request));
  answer(reply, status, body.errors);
}

/** A number that is checked has lost digits. */
function asWritten(
  { url, routeOptions }: FastifyRequest,
  { part, parameter }: ParameterFault,
): string {
  if (part === 'query') {
    return new URLSearchParams(url.split('?')[1]).getAll(parameter).join(',');
  }
  const position = (routeOptions.url ?? '').split('/').indexOf(`:${parameter}`);
  const written = url.split('?')[0]?.split('/')[position] ?? '';
  return decodeURIComponent(written); // The router has decoded it before.
}

interface ParametersSchema {
  readonly properties?: Readonly<
    Record<string, { readonly minimum?: number; readonly maximum?: number }>
  >;
}

/** `undefined` for what is no number between two bounds. */
function rangeOf(
  { routeOptions }: FastifyRequest,
  { part, parameter }: ParameterFault,
): string | undefined {
  const { querystring, params } = (routeOptions.schema ?? {}) as {
    readonly querystring?: ParametersSchema;
    readonly params?: ParametersSchema;
  };
  const { minimum, maximum } =
    (part === 'query' ? querystring : params)?.properties?.[parameter] ?? {};
  return minimum === undefined || maximum === undefined
    ? undefined
    : `a whole number from ${minimum} to ${maximum}`;
}

/** Errors of Fastify's own are requests that it does not take. */
function asRestError(thrown: unknown, request: FastifyRequest): unknown {
  if (thrown instanceof ParameterFault) {
    const [value, wanted] = [asWritten(request, thrown), rangeOf(request, thrown)];
    return RestError.badParameter(thrown.what, value, wanted);
  }
  if (thrown instanceof BodyFault) {
    const { bodyName = 'EmptyRequestBody' } = request.routeOptions.config;
    return RestError.refused(
      400,
      `Request did not match expected format ${bodyName}. (${thrown.message})`,
    );
  }
  if (errorCode(thrown) === 'JOB_NOT_FOUND') {
    const { jobid } = request.params as { readonly jobid?: string };
    return RestError.notFound(`Job ${jobid?.toLowerCase()} not found`);
  }
  const { code, statusCode } = thrown as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return tooLarge(request.server.initialConfig.bodyLimit ?? 0);
  }
  const isRefusal =
    code?.startsWith('FST_') === true && statusCode !== undefined && statusCode < 500;
  return isRefusal ? RestError.refused(statusCode, (thrown as Error).message) : thrown;
}

function answer(reply: FastifyReply, status: number, errors: readonly string[]): void {
  reply
    .code(status)
    .header('content-type', CONTENT_TYPE)
    .serializer((body: unknown) => JSON.stringify(body))
    .send({ errors });
}

function tlsOptions(configuration: Configuration): object {
  const file = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path));
  const needsClientCertificate = configuration.get(SecurityOptions.SSL_REST_AUTHENTICATION_ENABLED);
  return {
    cert: file(configuration.get(SecurityOptions.SSL_REST_CERTIFICATE)),
    key: file(configuration.get(SecurityOptions.SSL_REST_PRIVATE_KEY)),
    passphrase: configuration.get(SecurityOptions.SSL_REST_KEY_PASSWORD),
    ca: file(configuration.get(SecurityOptions.SSL_REST_TRUSTED_CERTIFICATES)),
    requestCert: needsClientCertificate,
    rejectUnauthorized: needsClientCertificate,
  };
}
