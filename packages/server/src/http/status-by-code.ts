/** The HTTP status of each error code that a client can do something about; the others are failures of ours. */
const STATUS_BY_CODE: ReadonlyMap<string, number> = new Map([
  ['CHECKPOINTING_DISABLED', 400],
  ['CONFIG_VALUE_INVALID', 400],
  ['RESOURCE_REQUIREMENTS_INVALID', 400],
  ['SAVEPOINT_DIRECTORY_MISSING', 400],
  ['SNAPSHOT_NOT_A_SAVEPOINT', 400],
  ['SQL_INVALID', 400],
  ['UNSUPPORTED', 400],
  ['VALUE_NOT_SERIALIZABLE', 400],
  ['JOB_NOT_FOUND', 404],
  ['OPERATOR_NOT_IN_SNAPSHOT', 404],
  ['SNAPSHOT_NOT_FOUND', 404],
  ['STATE_KEY_NOT_FOUND', 404],
  ['STATE_NOT_IN_SNAPSHOT', 404],
  ['STATE_UNKNOWN', 404],
  ['JOB_NOT_RUNNING', 409],
  ['NO_RESOURCE_AVAILABLE', 409],
  ['STATE_VIEW_EXPIRED', 410],
  ['STATE_KEY_TOO_LARGE', 413],
  ['SQL_LIMIT_EXCEEDED', 413],
  ['TOO_MANY_STATE_VIEWS', 429],
  ['TOO_MANY_SQL_QUERIES', 429],
  ['TOO_MANY_MEASUREMENTS', 429],
  ['SQL_NOT_INSTALLED', 501],
  ['REST_TIMEOUT', 503],
]);

/** `undefined`: 500. */
export function statusByCode(code: string | undefined): number | undefined {
  return code === undefined ? undefined : STATUS_BY_CODE.get(code);
}
