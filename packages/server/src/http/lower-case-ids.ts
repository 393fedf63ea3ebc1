/** Ids of jobs, vertices and operators in paths, as they are written everywhere; Flink takes both cases. */
const IDS = ['jobid', 'vertexid', 'operatorid'];

/** A hook of all routes. */
export function lowerCaseIds(
  request: { params: unknown },
  _reply: unknown,
  done: () => void,
): void {
  const params = request.params as Record<string, string> | undefined;
  for (const name of IDS) {
    const id = params?.[name];
    if (params !== undefined && id !== undefined && /^[0-9a-f]{32}$/i.test(id)) {
      params[name] = id.toLowerCase(); // An operator may be named by its uid or name instead.
    }
  }
  done();
}
