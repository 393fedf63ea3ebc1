/**
 * Every error code of the project, with the sentence that the reference page shows for it.
 *
 * A code names one cause. `docs/reference/errors.md` is generated from this table.
 */
export const ERROR_CODES = {
  // Configuration and programs: the user edits something.
  CONFIG_VALUE_INVALID: 'A configuration value has the wrong type or lies outside its range.',
  CONFIG_KEY_UNKNOWN:
    'A configuration key is not known, but resembles a known one; the nearest one is named.',
  CONFIG_VALUE_OVERRULED:
    'A setting of the command line has no effect, as the program sets another value.',
  CONFIG_FILE_UNREADABLE: 'A configuration file is missing or is not valid YAML.',
  PARALLELISM_OUT_OF_RANGE: 'A parallelism is not a whole number from 1 to the max parallelism.',
  MAX_PARALLELISM_OUT_OF_RANGE: 'A max parallelism is not a whole number from 1 to 32768.',
  DUPLICATE_UID: 'Two operators have the same uid.',
  UID_MISSING: 'An operator has no uid although generated ids are switched off.',
  OPERATOR_UNKNOWN: 'A job has no operator, or several, of the name that was asked for.',
  INVALID_GRAPH: 'The program describes a job graph that cannot run.',
  KEY_UNDEFINED: 'A key selector returned undefined or null.',
  KEY_NOT_DETERMINISTIC:
    'A key selector gave two keys for one record, or a key whose hash changed.',
  KEY_TYPE_UNSUPPORTED: 'The type of a key has no hash that is stable across processes.',
  STATE_NAME_CONFLICT: 'One state name is used with two kinds or two types in one operator.',
  QUERYABLE_STATE_NAME_CONFLICT: 'Two states of a job are queryable under one name.',
  BROADCAST_STATE_READ_ONLY:
    'Broadcast state was written from the side of a connected stream that may only read it.',
  ACCUMULATOR_CONFLICT: 'One name is used for two accumulators, or with two types.',
  NO_CURRENT_KEY: 'Keyed state was used where no key is set.',
  FUNCTION_IS_ASYNC: 'A function gave a promise where nothing waits for one.',
  TRIGGER_RESULT_INVALID: 'A trigger gave something else than a trigger result.',
  VALUE_NOT_SERIALIZABLE: 'A value does not fit the type that was declared for it.',
  SERIALIZER_FAILED: 'A serializer threw, or did not read what it had written.',
  RECORD_TOO_LARGE: 'A record is larger than what can be sent from one task to another.',
  LONG_OUT_OF_RANGE:
    'A 64-bit integer does not fit a JavaScript number; declare Types.BIGINT_LONG.',
  TIMESTAMP_MISSING:
    'A record has no timestamp where event time needs one, or was given one that is not a whole number.',
  PROGRAM_NOT_REHEARSED:
    'A program could not be rehearsed: it cannot be loaded, or it executes no job.',
  PROGRAM_NOT_STARTED:
    'A program is not there, cannot be loaded by this Node, or ended before its job ran.',
  INSUFFICIENT_NETWORK_BUFFERS:
    'Network memory does not suffice for the channels between the slots of a job.',
  GRAPH_MISMATCH: 'The program built another job graph in a worker thread than in the main thread.',
  PROGRAM_MODULE_UNKNOWN:
    'Worker threads are to import the program, and the module it is in is not known or cannot be found.',
  PROGRAM_NOT_REPEATABLE:
    'The program did not come to the execute() of its job in a worker thread, as it did in the main thread.',
  NO_RESOURCE_AVAILABLE: 'A job needs more slots than there are.',
  RESOURCE_REQUIREMENTS_INVALID:
    'Bounds of parallelism were asked for that the vertices of a job cannot have.',
  SAVEPOINT_DIRECTORY_MISSING: 'A savepoint was asked for, and no directory is known for it.',
  UNSUPPORTED: 'The combination that was asked for is not supported.',
  // Snapshots: formats and restoring.
  SNAPSHOT_NOT_FOUND: 'No snapshot is at the given path.',
  SNAPSHOT_NOT_A_SAVEPOINT: 'A savepoint was to be deleted, and a checkpoint was named.',
  SNAPSHOT_CORRUPT: 'A snapshot file is truncated or holds bytes that its format does not allow.',
  SNAPSHOT_VERSION_UNSUPPORTED: 'A snapshot was written in a format version that cannot be read.',
  SERIALIZER_SNAPSHOT_UNKNOWN: 'A snapshot names a serializer that is not known here.',
  STATE_INCOMPATIBLE:
    'The type of a state differs from the one in the snapshot and cannot be migrated.',
  CHANNEL_STATE_MISMATCH:
    'Records in flight of an unaligned checkpoint do not fit the edges of the program.',
  STATE_NOT_RESTORED: 'A snapshot holds state of an operator that the program does not have.',
  OPERATOR_NOT_IN_SNAPSHOT: 'A snapshot has no operator of the name or id that was asked for.',
  STATE_NOT_IN_SNAPSHOT: 'An operator of a snapshot has no state of the name and kind asked for.',
  MAX_PARALLELISM_MISMATCH: 'The max parallelism differs from the one in the snapshot.',
  STATE_UNKNOWN: 'A running job has no queryable state of the name that was asked for.',
  STATE_KEY_NOT_FOUND: 'A queryable state has nothing for the key that was asked for.',
  STATE_KEY_TOO_LARGE: 'A key has more in a queryable state than one answer holds.',
  SQL_INVALID: 'A query of state is no SELECT, or names what is not there.',
  SQL_LIMIT_EXCEEDED: 'A query of state took more time, memory or rows than it may.',
  SQL_NOT_INSTALLED: 'A query of state needs a package that is not installed.',
  SQL_PROCESS_ENDED: 'The process that ran a query of state ended before it answered.',
  TOO_MANY_SQL_QUERIES: 'More queries of state were asked for than may wait.',
  TOO_MANY_MEASUREMENTS: 'More measurements of state were asked for than may wait.',
  STATE_VIEW_EXPIRED: 'A view of live state, or a cursor over it, is over; a new one begins anew.',
  TOO_MANY_STATE_VIEWS: 'More views of live state were asked for than a task holds.',
  // Checkpoints: one attempt fails, the job goes on.
  CHECKPOINT_DECLINED: 'A task declined a checkpoint.',
  CHECKPOINT_EXPIRED: 'A checkpoint did not complete within its timeout.',
  CHECKPOINT_DECLINED_TASK_CLOSING: 'A task ended before it took part in a checkpoint.',
  CHECKPOINT_COORDINATOR_SUSPEND: 'The job restarts, so a pending checkpoint was given up.',
  JOB_FAILOVER_REGION: 'Some tasks of the job restart, so a pending checkpoint was given up.',
  NOT_ALL_REQUIRED_TASKS_RUNNING: 'A checkpoint was asked for while some task was not running.',
  TOO_MANY_CHECKPOINT_REQUESTS: 'More checkpoints were asked for than may wait.',
  MINIMUM_TIME_BETWEEN_CHECKPOINTS: 'A periodic checkpoint came due too soon after the last one.',
  CHECKPOINT_SUBSUMED: 'A newer checkpoint completed before this one.',
  CHECKPOINT_COORDINATOR_SHUTDOWN: 'The job stopped while a checkpoint was pending.',
  CHECKPOINT_ASYNC_EXCEPTION: 'Writing the state of a task failed.',
  FINALIZE_CHECKPOINT_FAILURE: 'The metadata of a checkpoint could not be written.',
  IO_EXCEPTION: 'A file of a checkpoint could not be written or read.',
  STATE_TOO_LARGE_FOR_JOBMANAGER: 'A state is larger than the JobManager checkpoint storage takes.',
  TOO_MANY_CHECKPOINT_FAILURES: 'More checkpoints in a row failed than are tolerated.',
  // Tasks: the restart strategy decides.
  USER_FUNCTION_FAILED: 'A function of the program threw.',
  ASYNC_TIMEOUT: 'An asynchronous function gave no result for a record in time.',
  SOURCE_FAILED: 'A source could not read its input.',
  SINK_FAILED: 'A sink could not write its output.',
  TASK_FAILED: 'A task failed.',
  JOB_ALREADY_RUNS: 'Another process runs the job that was started.',
  TASK_BLOCKS_THREAD:
    'A warning: a function has kept the thread of its tasks from all else for seconds.',
  UNCAUGHT_ERROR: 'A warning: an error that nothing caught ends the process, and a job with it.',
  TASK_MANAGER_LOST: 'A worker thread died, or gave no sign of life for too long.',
  TASK_MANAGER_NOT_REGISTERED: 'A worker thread did not come to the execute() of its job in time.',
  TASK_CANCELLATION_TIMEOUT: 'A task did not come to its end after it was cancelled.',
  JOB_CANCELED: 'The job was cancelled.',
  JOB_SUSPENDED: 'The job was suspended: the next process that runs it goes on.',
  JOB_RESCALED: 'An attempt ended because its job restarts at another parallelism.',
  JOB_NOT_FOUND: 'No job of the given id runs in the process, and none that has ended is kept.',
  JOB_NOT_RUNNING: 'Something was asked of a job that only a running job can do.',
  CHECKPOINTING_DISABLED: 'Something needs checkpoints, and the job takes none.',
  STOP_WITH_SAVEPOINT_FAILED: 'A job that was to stop with a savepoint did not.',
  LOG_NOT_WRITTEN: 'A warning: the log file takes no lines at the moment.',
  // The REST endpoint, and what is asked over REST.
  REST_PORT_TAKEN: 'The REST endpoint finds no free port among those that it may bind.',
  REST_ENDPOINT_FAILED: 'The REST endpoint could not be started.',
  REST_TIMEOUT: 'The thread of the jobs did not answer the REST endpoint in time.',
  REST_PAGE_REFUSED:
    'A page of another site, or under a name that is not this machine, asked an endpoint that needs no token.',
  REST_UNREACHABLE: 'No REST server answers at the address.',
  REST_TLS_FAILED: 'A client and its REST server have no secure connection that both agree on.',
  REST_CLIENT_TIMEOUT: 'A REST server took longer to answer than the client waits.',
  REST_FAILED: 'A REST server refused what it was asked, or failed at it.',
  REST_UNAUTHORIZED: 'A REST server wants a token, or another one than it was given.',
  JOB_UNKNOWN: 'A REST server has no job, or several, of the id or name that was asked for.',
  // RocksDB.
  ROCKSDB_NOT_BUILT:
    'RocksDB was asked for, and its native addon is not built, or for another version.',
  ROCKSDB_FAILED: 'The local database of a task could not be read or written.',
  ROCKSDB_ENTRY_TOO_LARGE: 'A key or a value is larger than RocksDB takes.',
  // Files.
  FILE_NOT_FOUND: 'A file or directory does not exist.',
  FILE_EXISTS: 'A file that must be new exists already.',
  FILE_PERMISSION_DENIED: 'A file or directory may not be read or written.',
  DISK_FULL: 'The disk has no room left.',
  FILE_SYSTEM_UNKNOWN: 'No file system is known for the scheme of a path.',
  // Defects.
  INVARIANT_VIOLATED: 'A promise of the code to itself was broken: a defect, please report it.',
  PROCESS_POISONED: 'Work was refused because an earlier write failed half-way.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;
