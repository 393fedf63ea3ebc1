/**
 * Checks of requests that are compiled when the first request of a route comes: compiling those of all
 * routes takes longer than all else of starting an endpoint, and few of them are ever used.
 */
import AjvCompiler from '@fastify/ajv-compiler';

type BuildValidator = ReturnType<typeof AjvCompiler>;
type Validator = ReturnType<ReturnType<BuildValidator>>;

/** One for all endpoints of the thread: what one has compiled the next one has. */
const buildCompiler: BuildValidator = AjvCompiler();

/** As Fastify's `schemaController.compilersFactory.buildValidator`. */
export const buildLazyValidator: BuildValidator = (externalSchemas, options) => {
  const compile = buildCompiler(externalSchemas, options);
  return (schema, meta) => {
    let compiled: Validator | undefined;
    const validate = (data: unknown) => {
      compiled ??= compile(schema, meta);
      const isValid = compiled(data);
      (validate as Validator).errors = compiled.errors ?? null;
      return isValid;
    };
    return validate as Validator;
  };
};
