/**
 * Requests and answers of the REST API, by path and method.
 *
 * Generated from the OpenAPI document of packages/server by `npm run docs`. Do not edit.
 */

/** Paths without version and prefix. */
export interface RestPaths {
  '/cluster': {
    /** Ends all jobs of the process and then the endpoint. */
    delete: {
      parameters: {};
      responses: {
        200: { content: { 'application/json': EmptyResponseBody } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/config': {
    /** What the web UI needs to know at first. */
    get: {
      parameters: {};
      responses: {
        200: { content: { 'application/json': DashboardConfiguration } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/datasets': {
    /** Cached intermediate results: there are none. */
    get: {
      parameters: {};
      responses: {
        200: { content: { 'application/json': ClusterDataSetListResponseBody } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobmanager/config': {
    /** The configuration of the process, that of its first job; secrets hidden. */
    get: {
      parameters: {};
      responses: {
        200: { content: { 'application/json': ConfigurationInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobmanager/environment': {
    /** Node and its options. */
    get: {
      parameters: {};
      responses: {
        200: { content: { 'application/json': EnvironmentInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobmanager/log': {
    /** The log. */
    get: {
      parameters: {};
      responses: {
        200: { content: { 'text/plain': string } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobmanager/logs': {
    /** Files of the log. */
    get: {
      parameters: {};
      responses: {
        200: { content: { 'application/json': LogListInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobmanager/logs/{filename}': {
    /** One file of the log. */
    get: {
      parameters: {
        path: {
          filename: string;
        };
      };
      responses: {
        200: { content: { 'text/plain': string } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobmanager/metrics': {
    /** Metrics of the process. */
    get: {
      parameters: {
        query?: {
          /** With commas between. */
          get?: string;
        };
      };
      responses: {
        200: { content: { 'application/json': MetricCollectionResponseBody } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobmanager/stdout': {
    /** Not kept: it is the terminal’s. */
    get: {
      parameters: {};
      responses: {
        200: { content: { 'text/plain': string } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobmanager/thread-dump': {
    /** The stacks of all threads of the process that run JavaScript. */
    get: {
      parameters: {};
      responses: {
        200: { content: { 'application/json': ThreadDumpInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs': {
    /** Ids and states of all jobs. */
    get: {
      parameters: {};
      responses: {
        200: { content: { 'application/json': JobIdsWithStatusOverview } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs-thread': {
    /** Since when (ms since the epoch) the thread of the jobs has not answered; null while it does. */
    get: {
      parameters: {};
      responses: {
        200: { content: { 'application/json': JobsThreadResponseBody } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/metrics': {
    /** Metrics of several jobs in one. */
    get: {
      parameters: {
        query?: {
          /** With commas between. */
          get?: string;
          /** With commas between. */
          agg?: string;
          /** With commas between. */
          jobs?: string;
        };
      };
      responses: {
        200: { content: { 'application/json': AggregatedMetricsResponseBody } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/overview': {
    /** All jobs with their times and tasks. */
    get: {
      parameters: {};
      responses: {
        200: { content: { 'application/json': MultipleJobsDetails } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}': {
    /** A job with its vertices and plan. */
    get: {
      parameters: {
        path: {
          jobid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': JobDetailsInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
    /** Cancels a job. */
    patch: {
      parameters: {
        path: {
          jobid: string;
        };
        query?: {
          mode?: string;
        };
      };
      responses: {
        202: { content: { 'application/json': EmptyResponseBody } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/accumulators': {
    /** What the functions of a job have gathered. */
    get: {
      parameters: {
        path: {
          jobid: string;
        };
        query?: {
          includeSerializedValue?: boolean;
        };
      };
      responses: {
        200: { content: { 'application/json': JobAccumulatorsInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/checkpoints': {
    /** Numbers of checkpoints, figures over them, and the last ones, newest first. */
    get: {
      parameters: {
        path: {
          jobid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': CheckpointingStatistics } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
    /** Takes a checkpoint. */
    post: {
      parameters: {
        path: {
          jobid: string;
        };
      };
      requestBody: { content: { 'application/json': CheckpointTriggerRequestBody } };
      responses: {
        202: { content: { 'application/json': TriggerResponse } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/checkpoints/config': {
    /** How checkpoints are taken. */
    get: {
      parameters: {
        path: {
          jobid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': CheckpointConfigInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/checkpoints/details/{checkpointid}': {
    /** A checkpoint with its vertices. */
    get: {
      parameters: {
        path: {
          jobid: string;
          checkpointid: number;
        };
      };
      responses: {
        200: { content: { 'application/json': CheckpointStatistics } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/checkpoints/details/{checkpointid}/diagnosis': {
    /** Why a checkpoint was slow, hop by hop, and which setting would help. */
    get: {
      parameters: {
        path: {
          jobid: string;
          checkpointid: number;
        };
      };
      responses: {
        200: { content: { 'application/json': CheckpointDiagnosis } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/checkpoints/details/{checkpointid}/subtasks/{vertexid}': {
    /** A vertex of a checkpoint, with its subtasks. */
    get: {
      parameters: {
        path: {
          jobid: string;
          checkpointid: number;
          vertexid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': TaskCheckpointStatisticsWithSubtaskDetails } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/checkpoints/{triggerid}': {
    /** How far a triggered checkpoint is. */
    get: {
      parameters: {
        path: {
          jobid: string;
          triggerid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': CheckpointResult } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/clientHeartbeat': {
    /** Says that an attached client is alive. A job here does not end with its client. */
    patch: {
      parameters: {
        path: {
          jobid: string;
        };
      };
      requestBody: { content: { 'application/json': {
          expiredTimestamp?: number;
        } } };
      responses: {
        202: { content: { 'application/json': EmptyResponseBody } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/config': {
    /** How a job executes. */
    get: {
      parameters: {
        path: {
          jobid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': JobConfigInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/exceptions': {
    /** What has failed a job. */
    get: {
      parameters: {
        path: {
          jobid: string;
        };
        query?: {
          maxExceptions?: number;
          failureLabelFilter?: string;
        };
      };
      responses: {
        200: { content: { 'application/json': JobExceptionsInfoWithHistory } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/execution-result': {
    /** How a job ended. */
    get: {
      parameters: {
        path: {
          jobid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': JobExecutionResultResponseBody } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/jobmanager/config': {
    /** What is set for a job: by files, by the command line and by its program; secrets hidden. */
    get: {
      parameters: {
        path: {
          jobid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': ConfigurationInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/jobmanager/environment': {
    /** Node and its options. */
    get: {
      parameters: {
        path: {
          jobid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': EnvironmentInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/jobmanager/log-url': {
    /** The page of the web UI with the log. */
    get: {
      parameters: {
        path: {
          jobid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': LogUrlResponse } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/metrics': {
    /** Metrics of one job. */
    get: {
      parameters: {
        path: {
          jobid: string;
        };
        query?: {
          /** With commas between. */
          get?: string;
        };
      };
      responses: {
        200: { content: { 'application/json': MetricCollectionResponseBody } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/plan': {
    /** What runs, sinks first. */
    get: {
      parameters: {
        path: {
          jobid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': JobPlanInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/queryable-states': {
    /** States that can be asked for by name. */
    get: {
      parameters: {
        path: {
          jobid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': QueryableStates } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/queryable-states/{name}': {
    /** What a key has in a queryable state, read between two records. */
    get: {
      parameters: {
        path: {
          jobid: string;
          name: string;
        };
        query: {
          key: string;
          namespace?: string;
        };
      };
      responses: {
        200: { content: { 'application/json': QueriedValue } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/resource-requirements': {
    /** Bounds of the parallelism of each vertex. */
    get: {
      parameters: {
        path: {
          jobid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': JobResourceRequirementsBody } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
    /** Changes the bounds of the parallelism of each vertex. */
    put: {
      parameters: {
        path: {
          jobid: string;
        };
      };
      requestBody: { content: { 'application/json': JobResourceRequirementsBody } };
      responses: {
        200: { content: { 'application/json': EmptyResponseBody } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/savepoints': {
    /** Takes a savepoint, and cancels the job after it where asked to. */
    post: {
      parameters: {
        path: {
          jobid: string;
        };
      };
      requestBody: { content: { 'application/json': SavepointTriggerRequestBody } };
      responses: {
        202: { content: { 'application/json': TriggerResponse } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/savepoints/{triggerid}': {
    /** How far a savepoint, or a stop with one, is. */
    get: {
      parameters: {
        path: {
          jobid: string;
          triggerid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': SavepointResult } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/snapshots': {
    /** Checkpoints and savepoints of the job that can be looked into. */
    get: {
      parameters: {
        path: {
          jobid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': Snapshots } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/sql': {
    /** SELECT over the states of the job, by DuckDB where its package is installed. */
    post: {
      parameters: {
        path: {
          jobid: string;
        };
      };
      requestBody: { content: { 'application/json': SqlRequestBody } };
      responses: {
        200: { content: { 'application/json': SqlResult } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/state': {
    /** Operators and their states, with types. */
    get: {
      parameters: {
        path: {
          jobid: string;
        };
        query?: {
          /** live, or an id of /jobs/:jobid/snapshots */
          source?: string;
        };
      };
      responses: {
        200: { content: { 'application/json': StateOverview } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/state/{operatorid}/keys/hottest': {
    /** The keys that most records have: counted by a sketch from the first request on, for a minute after the last. */
    get: {
      parameters: {
        path: {
          jobid: string;
          operatorid: string;
        };
        query?: {
          limit?: number;
        };
      };
      responses: {
        200: { content: { 'application/json': HottestKeys } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/state/{operatorid}/sizes': {
    /** Entries and bytes by state and by key group. */
    get: {
      parameters: {
        path: {
          jobid: string;
          operatorid: string;
        };
        query?: {
          /** live, or an id of /jobs/:jobid/snapshots */
          source?: string;
        };
      };
      responses: {
        200: { content: { 'application/json': StateSizes } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/state/{operatorid}/{statename}': {
    /** What one key has in a state. */
    get: {
      parameters: {
        path: {
          jobid: string;
          operatorid: string;
          statename: string;
        };
        query: {
          /** live, or an id of /jobs/:jobid/snapshots */
          source?: string;
          key: string;
        };
      };
      responses: {
        200: { content: { 'application/json': KeyEntries } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/state/{operatorid}/{statename}/entries': {
    /** The entries of a state, page by page of one consistent view. */
    get: {
      parameters: {
        path: {
          jobid: string;
          operatorid: string;
          statename: string;
        };
        query?: {
          /** live, or an id of /jobs/:jobid/snapshots */
          source?: string;
          /** entries of this key alone */
          key?: string;
          prefix?: string;
          cursor?: string;
          limit?: number;
        };
      };
      responses: {
        200: { content: { 'application/json': StateEntries } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
    /** Closes a cursor before its end, and the view of live state that it holds. */
    delete: {
      parameters: {
        path: {
          jobid: string;
          operatorid: string;
          statename: string;
        };
        query: {
          cursor: string;
        };
      };
      responses: {
        200: { content: { 'application/json': EmptyResponseBody } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/state/{operatorid}/{statename}/keys/largest': {
    /** The keys with the most bytes in a state. */
    get: {
      parameters: {
        path: {
          jobid: string;
          operatorid: string;
          statename: string;
        };
        query?: {
          /** live, or an id of /jobs/:jobid/snapshots */
          source?: string;
          limit?: number;
        };
      };
      responses: {
        200: { content: { 'application/json': LargestKeys } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/status': {
    /** The state of a job. */
    get: {
      parameters: {
        path: {
          jobid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': JobStatusInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/stop': {
    /** Stops a job with a savepoint. */
    post: {
      parameters: {
        path: {
          jobid: string;
        };
      };
      requestBody: { content: { 'application/json': StopWithSavepointRequestBody } };
      responses: {
        202: { content: { 'application/json': TriggerResponse } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/taskmanagers/{taskmanagerid}/log-url': {
    /** The page of the web UI with the log of a task manager. */
    get: {
      parameters: {
        path: {
          jobid: string;
          /** As in /taskmanagers. */
          taskmanagerid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': LogUrlResponse } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/vertices/{vertexid}': {
    /** A vertex with its subtasks. */
    get: {
      parameters: {
        path: {
          jobid: string;
          vertexid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': JobVertexDetailsInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/vertices/{vertexid}/accumulators': {
    /** What the functions of a vertex have gathered. */
    get: {
      parameters: {
        path: {
          jobid: string;
          vertexid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': JobVertexAccumulatorsInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/vertices/{vertexid}/backpressure': {
    /** How much of its time each subtask waits for room. */
    get: {
      parameters: {
        path: {
          jobid: string;
          vertexid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': JobVertexBackPressureInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/vertices/{vertexid}/flamegraph': {
    /** Where the tasks of a vertex spend their time, by samples of their threads. */
    get: {
      parameters: {
        path: {
          jobid: string;
          vertexid: string;
        };
        query?: {
          type?: string;
          subtaskindex?: number;
        };
      };
      responses: {
        200: { content: { 'application/json': VertexFlameGraph } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/vertices/{vertexid}/jm-operator-metrics': {
    /** Metrics of coordinators. */
    get: {
      parameters: {
        path: {
          jobid: string;
          vertexid: string;
        };
        query?: {
          /** With commas between. */
          get?: string;
        };
      };
      responses: {
        200: { content: { 'application/json': MetricCollectionResponseBody } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/vertices/{vertexid}/metrics': {
    /** Metrics of all subtasks. */
    get: {
      parameters: {
        path: {
          jobid: string;
          vertexid: string;
        };
        query?: {
          /** With commas between. */
          get?: string;
        };
      };
      responses: {
        200: { content: { 'application/json': MetricCollectionResponseBody } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/vertices/{vertexid}/subtasks/accumulators': {
    /** What the functions of each subtask have gathered. */
    get: {
      parameters: {
        path: {
          jobid: string;
          vertexid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': SubtasksAllAccumulatorsInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/vertices/{vertexid}/subtasks/metrics': {
    /** Metrics of several subtasks in one. */
    get: {
      parameters: {
        path: {
          jobid: string;
          vertexid: string;
        };
        query?: {
          /** With commas between. */
          get?: string;
          /** With commas between. */
          agg?: string;
          /** With commas between. */
          subtasks?: string;
        };
      };
      responses: {
        200: { content: { 'application/json': AggregatedMetricsResponseBody } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/vertices/{vertexid}/subtasks/{subtaskindex}': {
    /** The present attempt of a subtask. */
    get: {
      parameters: {
        path: {
          jobid: string;
          vertexid: string;
          subtaskindex: number;
        };
      };
      responses: {
        200: { content: { 'application/json': SubtaskExecutionAttemptDetailsInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/vertices/{vertexid}/subtasks/{subtaskindex}/attempts/{attempt}': {
    /** An attempt of a subtask. */
    get: {
      parameters: {
        path: {
          jobid: string;
          vertexid: string;
          subtaskindex: number;
          attempt: number;
        };
      };
      responses: {
        200: { content: { 'application/json': SubtaskExecutionAttemptDetailsInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/vertices/{vertexid}/subtasks/{subtaskindex}/attempts/{attempt}/accumulators': {
    /** What the functions have gathered in an attempt of a subtask. */
    get: {
      parameters: {
        path: {
          jobid: string;
          vertexid: string;
          subtaskindex: number;
          attempt: number;
        };
      };
      responses: {
        200: { content: { 'application/json': SubtaskExecutionAttemptAccumulatorsInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/vertices/{vertexid}/subtasks/{subtaskindex}/metrics': {
    /** Metrics of one subtask. */
    get: {
      parameters: {
        path: {
          jobid: string;
          vertexid: string;
          subtaskindex: number;
        };
        query?: {
          /** With commas between. */
          get?: string;
        };
      };
      responses: {
        200: { content: { 'application/json': MetricCollectionResponseBody } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/vertices/{vertexid}/subtasktimes': {
    /** When the subtasks of a vertex came to each state. */
    get: {
      parameters: {
        path: {
          jobid: string;
          vertexid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': SubtasksTimesInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/vertices/{vertexid}/taskmanagers': {
    /** The subtasks of a vertex, by the task manager that runs them. */
    get: {
      parameters: {
        path: {
          jobid: string;
          vertexid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': JobVertexTaskManagersInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/jobs/{jobid}/vertices/{vertexid}/watermarks': {
    /** Watermarks of the subtasks. */
    get: {
      parameters: {
        path: {
          jobid: string;
          vertexid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': MetricCollectionResponseBody } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/metrics': {
    /** All metrics in the text format of Prometheus. */
    get: {
      parameters: {};
      responses: {
        200: { content: { 'text/plain': string } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/overview': {
    /** Numbers of task managers, slots and jobs. */
    get: {
      parameters: {};
      responses: {
        200: { content: { 'application/json': ClusterOverviewWithVersion } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/savepoint-disposal': {
    /** Deletes a savepoint. */
    post: {
      parameters: {};
      requestBody: { content: { 'application/json': SavepointDisposalRequest } };
      responses: {
        200: { content: { 'application/json': TriggerResponse } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/savepoint-disposal/{triggerid}': {
    /** How far a disposal is. */
    get: {
      parameters: {
        path: {
          triggerid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': OperationResult } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/taskmanagers': {
    /** Where tasks run. */
    get: {
      parameters: {};
      responses: {
        200: { content: { 'application/json': TaskManagersInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/taskmanagers/metrics': {
    /** Of several task managers in one. */
    get: {
      parameters: {
        query?: {
          /** With commas between. */
          get?: string;
          /** With commas between. */
          agg?: string;
          /** With commas between. */
          taskmanagers?: string;
        };
      };
      responses: {
        200: { content: { 'application/json': AggregatedMetricsResponseBody } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/taskmanagers/{taskmanagerid}': {
    /** One task manager, with its memory. */
    get: {
      parameters: {
        path: {
          taskmanagerid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': TaskManagerDetailsInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/taskmanagers/{taskmanagerid}/log': {
    /** The log. */
    get: {
      parameters: {
        path: {
          taskmanagerid: string;
        };
      };
      responses: {
        200: { content: { 'text/plain': string } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/taskmanagers/{taskmanagerid}/logs': {
    /** Files of the log. */
    get: {
      parameters: {
        path: {
          taskmanagerid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': LogListInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/taskmanagers/{taskmanagerid}/logs/{filename}': {
    /** One file of the log. */
    get: {
      parameters: {
        path: {
          taskmanagerid: string;
          filename: string;
        };
      };
      responses: {
        200: { content: { 'text/plain': string } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/taskmanagers/{taskmanagerid}/metrics': {
    /** Metrics of one task manager. */
    get: {
      parameters: {
        path: {
          taskmanagerid: string;
        };
        query?: {
          /** With commas between. */
          get?: string;
        };
      };
      responses: {
        200: { content: { 'application/json': MetricCollectionResponseBody } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/taskmanagers/{taskmanagerid}/stdout': {
    /** Not kept: it is the terminal’s. */
    get: {
      parameters: {
        path: {
          taskmanagerid: string;
        };
      };
      responses: {
        200: { content: { 'text/plain': string } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
  '/taskmanagers/{taskmanagerid}/thread-dump': {
    /** The stacks of the threads of one task manager. */
    get: {
      parameters: {
        path: {
          taskmanagerid: string;
        };
      };
      responses: {
        200: { content: { 'application/json': ThreadDumpInfo } };
        default: { content: { 'application/json': ErrorResponseBody } };
      };
    };
  };
}

export type AggregatedMetricsResponseBody = {
  id: string;
  min?: number;
  max?: number;
  avg?: number;
  sum?: number;
  skew?: number;
}[];

export interface AggregatedTaskDetailsInfo {
  metrics: Record<string, Record<string, number>>;
  'status-duration': Record<string, Record<string, number>>;
}

export interface AsynchronousOperationInfo {
  'failure-cause'?: SerializedThrowable;
}

export interface CheckpointConfigInfo {
  mode: 'exactly_once' | 'at_least_once';
  interval: number;
  timeout: number;
  min_pause: number;
  max_concurrent: number;
  externalization: {
    enabled: boolean;
    delete_on_cancellation: boolean;
  };
  state_backend: string;
  checkpoint_storage: string;
  unaligned_checkpoints: boolean;
  tolerable_failed_checkpoints: number;
  aligned_checkpoint_timeout: number;
  checkpoints_after_tasks_finish: boolean;
  state_changelog_enabled: boolean;
  changelog_periodic_materialization_interval: number;
  changelog_storage: string;
}

export interface CheckpointDiagnosis {
  hops: {
    vertexId: string;
    subtask: number;
    startDelayMs: number;
    alignmentMs: number;
    syncMs: number;
    asyncMs: number;
    endToEndMs: number;
  }[];
  slowest: {
    vertexId: string;
    subtask: number;
    startDelayMs: number;
    alignmentMs: number;
    syncMs: number;
    asyncMs: number;
    endToEndMs: number;
    phase: string;
    phaseMs: number;
  } | null;
  findings: ({
    code: string;
    severity: 'info' | 'warning' | 'error';
    text: string;
    setting?: string;
    suggestedValue?: string;
  })[];
}

export interface CheckpointInfo {
  checkpointId?: number;
  failureCause?: SerializedThrowable;
}

export interface CheckpointResult {
  status: QueueStatus;
  operation: CheckpointInfo | null;
}

export interface CheckpointStatistics {
  className: 'completed' | 'failed' | 'in_progress';
  id: number;
  status: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  is_savepoint: boolean;
  savepointFormat: string | null;
  trigger_timestamp: number;
  latest_ack_timestamp: number;
  checkpointed_size: number;
  state_size: number;
  end_to_end_duration: number;
  alignment_buffered: number;
  processed_data: number;
  persisted_data: number;
  num_subtasks: number;
  num_acknowledged_subtasks: number;
  checkpoint_type: 'CHECKPOINT' | 'UNALIGNED_CHECKPOINT' | 'SAVEPOINT' | 'SYNC_SAVEPOINT';
  tasks: Record<string, TaskCheckpointStatistics>;
  external_path?: string | null;
  discarded?: boolean;
  failure_timestamp?: number;
  failure_message?: string | null;
}

export interface CheckpointTriggerRequestBody {
  checkpointType?: 'CONFIGURED' | 'FULL' | 'INCREMENTAL' | null;
  triggerId?: string | null;
}

export interface CheckpointingStatistics {
  counts: {
    restored: number;
    total: number;
    in_progress: number;
    completed: number;
    failed: number;
  };
  summary: {
    checkpointed_size: StatsSummaryDto;
    state_size: StatsSummaryDto;
    end_to_end_duration: StatsSummaryDto;
    alignment_buffered: StatsSummaryDto;
    processed_data: StatsSummaryDto;
    persisted_data: StatsSummaryDto;
  };
  latest: {
    completed: CheckpointStatistics | null;
    savepoint: CheckpointStatistics | null;
    failed: CheckpointStatistics | null;
    restored: RestoredCheckpointStatistics | null;
  };
  history: CheckpointStatistics[];
}

export interface ClusterDataSetListResponseBody {
  dataSets: {
    id: string;
    isComplete: boolean;
  }[];
}

export interface ClusterOverviewWithVersion {
  taskmanagers: number;
  'slots-total': number;
  'slots-available': number;
  'taskmanagers-blocked'?: number;
  'slots-free-and-blocked'?: number;
  'jobs-running': number;
  'jobs-finished': number;
  'jobs-cancelled': number;
  'jobs-failed': number;
  'flink-version': string;
  'flink-commit': string;
}

export type ConfigurationInfo = {
  key: string;
  value: string;
}[];

export interface DashboardConfiguration {
  'refresh-interval': number;
  'timezone-name': string;
  'timezone-offset': number;
  'flink-version': string;
  'flink-revision': string;
  features: {
    'web-submit': boolean;
    'web-cancel': boolean;
    'web-rescale': boolean;
    'web-history': boolean;
  };
}

export type EmptyResponseBody = Record<string, unknown>;

export interface EnvironmentInfo {
  jvm: {
    version: string;
    arch: string;
    options: string[];
  };
  classpath: string[];
}

export interface ErrorResponseBody {
  errors: string[];
}

export interface ExceptionInfo {
  exceptionName: string;
  stacktrace: string;
  timestamp: number;
  failureLabels: Record<string, string>;
  taskName?: string;
  location?: string;
  endpoint?: string;
  taskManagerId?: string;
}

export interface HottestKeys {
  sampledAccesses: number;
  keys: {
    key: unknown;
    share: number;
    errorShare: number;
  }[];
}

export interface IOMetricsInfo {
  'read-bytes': number;
  'read-bytes-complete': boolean;
  'write-bytes': number;
  'write-bytes-complete': boolean;
  'read-records': number;
  'read-records-complete': boolean;
  'write-records': number;
  'write-records-complete': boolean;
  'accumulated-backpressured-time': number;
  'accumulated-idle-time': number;
  'accumulated-busy-time': number;
}

export interface JobAccumulatorsInfo {
  'job-accumulators': unknown[];
  'user-task-accumulators': UserAccumulator[];
  'serialized-user-task-accumulators': Record<string, string>;
}

export interface JobConfigInfo {
  jid: string;
  name: string;
  'execution-config': {
    'execution-mode': string;
    'restart-strategy': string;
    'job-parallelism': number;
    'object-reuse-mode': boolean;
    'user-config': Record<string, string>;
  };
}

export interface JobDetailsInfo {
  jid: string;
  name: string;
  isStoppable: boolean;
  state: 'INITIALIZING' | 'CREATED' | 'RUNNING' | 'FAILING' | 'FAILED' | 'CANCELLING' | 'CANCELED' | 'FINISHED' | 'RESTARTING' | 'SUSPENDED' | 'RECONCILING';
  'job-type': 'BATCH' | 'STREAMING';
  'start-time': number;
  'end-time': number;
  duration: number;
  maxParallelism: number;
  now: number;
  timestamps: Record<string, number>;
  vertices: ({
    id: string;
    slotSharingGroupId: string;
    name: string;
    maxParallelism: number;
    parallelism: number;
    status: 'CREATED' | 'SCHEDULED' | 'DEPLOYING' | 'RUNNING' | 'FINISHED' | 'CANCELING' | 'CANCELED' | 'FAILED' | 'RECONCILING' | 'INITIALIZING';
    'start-time': number;
    'end-time': number;
    duration: number;
    tasks: Record<string, number>;
    metrics: IOMetricsInfo;
  })[];
  'status-counts': Record<string, number>;
  plan: JobPlan;
}

export interface JobExceptionsInfoWithHistory {
  'root-exception': string | null;
  timestamp: number | null;
  'all-exceptions': {
    exception: string;
    task: string;
    location: string;
    endpoint: string;
    timestamp: number;
    taskManagerId: string;
  }[];
  truncated: boolean;
  exceptionHistory: {
    entries: RootExceptionInfo[];
    truncated: boolean;
  };
}

export interface JobExecutionResultResponseBody {
  status: QueueStatus;
  'job-execution-result': JobResult | null;
}

export interface JobIdsWithStatusOverview {
  jobs: ({
    id: string;
    status: 'INITIALIZING' | 'CREATED' | 'RUNNING' | 'FAILING' | 'FAILED' | 'CANCELLING' | 'CANCELED' | 'FINISHED' | 'RESTARTING' | 'SUSPENDED' | 'RECONCILING';
  })[];
}

export interface JobPlan {
  jid: string;
  name: string;
  type: 'BATCH' | 'STREAMING';
  nodes: {
    id: string;
    parallelism: number;
    operator: string;
    operator_strategy: string;
    description: string;
    inputs?: {
      num: number;
      id: string;
      ship_strategy: string;
      local_strategy?: string;
      caching?: string;
      exchange: string;
    }[];
    optimizer_properties: Record<string, unknown>;
  }[];
}

export interface JobPlanInfo {
  plan: JobPlan;
}

export type JobResourceRequirementsBody = Record<string, {
  parallelism: {
    lowerBound: number;
    upperBound: number;
  };
}>;

export interface JobResult {
  id: string;
  'application-status': 'SUCCEEDED' | 'FAILED' | 'CANCELED' | 'UNKNOWN';
  'accumulator-results': Record<string, string>;
  'net-runtime': number;
  'failure-cause'?: SerializedThrowable;
}

export interface JobStatusInfo {
  status: 'INITIALIZING' | 'CREATED' | 'RUNNING' | 'FAILING' | 'FAILED' | 'CANCELLING' | 'CANCELED' | 'FINISHED' | 'RESTARTING' | 'SUSPENDED' | 'RECONCILING';
}

export interface JobVertexAccumulatorsInfo {
  id: string;
  'user-accumulators': UserAccumulator[];
}

export interface JobVertexBackPressureInfo {
  status: 'deprecated' | 'ok';
  backpressureLevel?: 'ok' | 'low' | 'high';
  'end-timestamp'?: number;
  subtasks?: ({
    subtask: number;
    backpressureLevel: 'ok' | 'low' | 'high';
    ratio: number;
    idleRatio: number;
    busyRatio: number;
    'backpressure-level': 'ok' | 'low' | 'high';
  })[];
  'backpressure-level'?: 'ok' | 'low' | 'high';
}

export interface JobVertexDetailsInfo {
  id: string;
  name: string;
  parallelism: number;
  maxParallelism: number;
  now: number;
  subtasks: SubtaskExecutionAttemptDetailsInfo[];
  aggregated: AggregatedTaskDetailsInfo;
}

export interface JobVertexTaskManagersInfo {
  id: string;
  name: string;
  now: number;
  taskmanagers: ({
    host: string;
    endpoint: string;
    status: 'CREATED' | 'SCHEDULED' | 'DEPLOYING' | 'RUNNING' | 'FINISHED' | 'CANCELING' | 'CANCELED' | 'FAILED' | 'RECONCILING' | 'INITIALIZING';
    'start-time': number;
    'end-time': number;
    duration: number;
    metrics: IOMetricsInfo;
    'status-counts': Record<string, number>;
    'taskmanager-id': string;
    aggregated: AggregatedTaskDetailsInfo;
  })[];
}

export interface JobsThreadResponseBody {
  busySince: number | null;
}

export interface KeyEntries {
  source: string;
  key: unknown;
  keyGroup: number | null;
  subtask: number | null;
  entries: ({
    keyGroup: number | null;
    key: unknown;
    namespace: unknown;
    mapKey?: unknown;
    value: unknown;
    /** of operator state: who has it */
    subtask?: number;
    /** of a list of operator state: its place in the subtask's list */
    element?: number;
  })[];
  /** the key may have more */
  truncated: boolean;
}

export interface LargestKeys {
  source: string;
  keys: {
    key: unknown;
    bytes: number;
    entries: number;
  }[];
  exact: boolean;
  scanned: number;
}

export interface LogListInfo {
  logs: {
    name: string;
    size: number;
    mtime: number;
  }[];
}

export interface LogUrlResponse {
  url: string;
}

export type MetricCollectionResponseBody = {
  id: string;
  value?: string;
}[];

export interface MultipleJobsDetails {
  jobs: ({
    jid: string;
    name: string;
    'start-time': number;
    'end-time': number;
    duration: number;
    state: 'INITIALIZING' | 'CREATED' | 'RUNNING' | 'FAILING' | 'FAILED' | 'CANCELLING' | 'CANCELED' | 'FINISHED' | 'RESTARTING' | 'SUSPENDED' | 'RECONCILING';
    'last-modification': number;
    tasks: Record<string, number>;
  })[];
}

export interface OperationResult {
  status: QueueStatus;
  operation: AsynchronousOperationInfo | null;
}

export interface QueriedValue {
  key: unknown;
  value: unknown;
  /** a map may have more entries */
  truncated: boolean;
}

export interface QueryableStates {
  queryableStates: ({
    name: string;
    operatorId: string;
    operatorName: string;
    stateName: string;
    kind: 'value' | 'list' | 'map' | 'reducing' | 'aggregating' | 'timers' | 'operator' | 'broadcast' | null;
    keyType: string | null;
    namespaceType: string | null;
    valueType: string | null;
  })[];
}

export interface QueueStatus {
  id: 'IN_PROGRESS' | 'COMPLETED';
}

export interface ResourceProfileInfo {
  cpuCores: number;
  taskHeapMemory: number;
  taskOffHeapMemory: number;
  managedMemory: number;
  networkMemory: number;
  extendedResources: Record<string, unknown>;
}

export interface RestoredCheckpointStatistics {
  id: number;
  restore_timestamp: number;
  is_savepoint: boolean;
  external_path: string | null;
}

export interface RootExceptionInfo {
  exceptionName: string;
  stacktrace: string;
  timestamp: number;
  failureLabels: Record<string, string>;
  taskName?: string;
  location?: string;
  endpoint?: string;
  taskManagerId?: string;
  concurrentExceptions: ExceptionInfo[];
}

export interface SavepointDisposalRequest {
  'savepoint-path': string;
}

export interface SavepointInfo {
  location?: string;
  'failure-cause'?: SerializedThrowable;
}

export interface SavepointResult {
  status: QueueStatus;
  operation: SavepointInfo | null;
}

export interface SavepointTriggerRequestBody {
  'target-directory'?: string | null;
  'cancel-job'?: boolean | null;
  formatType?: 'CANONICAL' | 'NATIVE' | null;
  triggerId?: string | null;
}

export interface SerializedThrowable {
  class: string;
  'stack-trace': string;
  'serialized-throwable': string;
}

export interface Snapshots {
  snapshots: ({
    id: string;
    kind: 'checkpoint' | 'savepoint';
    checkpointId: number;
    path: string;
    timestamp: number;
    stateSize: number;
  })[];
}

export interface SqlRequestBody {
  query: string;
  /** live, or an id of /jobs/:jobid/snapshots */
  source?: string;
  limit?: number;
}

export interface SqlResult {
  columns: {
    name: string;
    type: string;
  }[];
  rows: unknown[][];
  truncated: boolean;
}

export interface StateEntries {
  source: string;
  view: {
    id: string;
    takenAt: number;
    expiresAt: number;
  };
  entries: ({
    keyGroup: number | null;
    key: unknown;
    namespace: unknown;
    mapKey?: unknown;
    value: unknown;
    /** of operator state: who has it */
    subtask?: number;
    /** of a list of operator state: its place in the subtask's list */
    element?: number;
  })[];
  cursor: string | null;
}

export interface StateOverview {
  source: string;
  operators: ({
    operatorId: string;
    uid: string | null;
    name: string | null;
    parallelism: number;
    maxParallelism: number;
    states: ({
      name: string;
      kind: 'value' | 'list' | 'map' | 'reducing' | 'aggregating' | 'timers' | 'operator' | 'broadcast';
      keyType: string | null;
      namespaceType: string | null;
      valueType: string | null;
      serializer: string | null;
      queryableName: string | null;
      ttlMs: number | null;
    })[];
    problems: string[];
  })[];
}

export interface StateSizes {
  source: string;
  states: {
    name: string;
    entries: number;
    bytes: number;
    exact: boolean;
  }[];
  keyGroups: ({
    keyGroup: number;
    subtask: number | null;
    entries: number;
    bytes: number;
  })[];
}

export interface StatsSummaryDto {
  min: number;
  max: number;
  avg: number;
  p50: number;
  p90: number;
  p95: number;
  p99: number;
  p999: number;
}

export interface StopWithSavepointRequestBody {
  targetDirectory?: string | null;
  drain?: boolean | null;
  formatType?: 'CANONICAL' | 'NATIVE' | null;
  triggerId?: string | null;
}

export interface SubtaskCheckpointStatistics {
  className: 'completed' | 'pending';
  index: number;
  ack_timestamp?: number;
  end_to_end_duration?: number;
  checkpointed_size?: number;
  state_size?: number;
  checkpoint?: {
    sync: number;
    async: number;
  };
  alignment?: {
    buffered: number;
    processed: number;
    persisted: number;
    duration: number;
  };
  start_delay?: number;
  unaligned_checkpoint?: boolean;
  aborted?: boolean;
  status: string;
}

export interface SubtaskExecutionAttemptAccumulatorsInfo {
  subtask: number;
  attempt: number;
  id: string;
  'user-accumulators': UserAccumulator[];
}

export interface SubtaskExecutionAttemptDetailsInfo {
  subtask: number;
  status: 'CREATED' | 'SCHEDULED' | 'DEPLOYING' | 'RUNNING' | 'FINISHED' | 'CANCELING' | 'CANCELED' | 'FAILED' | 'RECONCILING' | 'INITIALIZING';
  attempt: number;
  host: string;
  endpoint: string;
  'start-time': number;
  'end-time': number;
  duration: number;
  metrics: IOMetricsInfo;
  'taskmanager-id': string;
  'status-duration': Record<string, number>;
  start_time: number;
}

export interface SubtasksAllAccumulatorsInfo {
  id: string;
  parallelism: number;
  subtasks: {
    subtask: number;
    attempt: number;
    host: string;
    endpoint: string;
    'user-accumulators': UserAccumulator[];
  }[];
}

export interface SubtasksTimesInfo {
  id: string;
  name: string;
  now: number;
  subtasks: {
    subtask: number;
    host: string;
    endpoint: string;
    duration: number;
    timestamps: Record<string, number>;
  }[];
}

export interface TaskCheckpointStatistics {
  id: number;
  status: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  latest_ack_timestamp: number;
  checkpointed_size: number;
  state_size: number;
  end_to_end_duration: number;
  alignment_buffered: number;
  processed_data: number;
  persisted_data: number;
  num_subtasks: number;
  num_acknowledged_subtasks: number;
}

export interface TaskCheckpointStatisticsWithSubtaskDetails {
  id: number;
  status: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  latest_ack_timestamp: number;
  checkpointed_size: number;
  state_size: number;
  end_to_end_duration: number;
  alignment_buffered: number;
  processed_data: number;
  persisted_data: number;
  num_subtasks: number;
  num_acknowledged_subtasks: number;
  summary: {
    checkpointed_size: StatsSummaryDto;
    state_size: StatsSummaryDto;
    end_to_end_duration: StatsSummaryDto;
    checkpoint_duration: {
      sync: StatsSummaryDto;
      async: StatsSummaryDto;
    };
    alignment: {
      buffered: StatsSummaryDto;
      processed: StatsSummaryDto;
      persisted: StatsSummaryDto;
      duration: StatsSummaryDto;
    };
    start_delay: StatsSummaryDto;
  };
  subtasks: SubtaskCheckpointStatistics[];
}

export interface TaskManagerDetailsInfo {
  id: string;
  path: string;
  dataPort: number;
  jmxPort: number;
  timeSinceLastHeartbeat: number;
  slotsNumber: number;
  freeSlots: number;
  totalResource: ResourceProfileInfo;
  freeResource: ResourceProfileInfo;
  hardware: {
    cpuCores: number;
    physicalMemory: number;
    freeMemory: number;
    managedMemory: number;
  };
  memoryConfiguration: {
    frameworkHeap: number;
    taskHeap: number;
    frameworkOffHeap: number;
    taskOffHeap: number;
    networkMemory: number;
    managedMemory: number;
    jvmMetaspace: number;
    jvmOverhead: number;
    totalFlinkMemory: number;
    totalProcessMemory: number;
  };
  allocatedSlots: {
    jobId: string;
    resource: ResourceProfileInfo;
  }[];
  metrics: {
    heapUsed: number;
    heapCommitted: number;
    heapMax: number;
    nonHeapUsed: number;
    nonHeapCommitted: number;
    nonHeapMax: number;
    directCount: number;
    directUsed: number;
    directMax: number;
    mappedCount: number;
    mappedUsed: number;
    mappedMax: number;
    memorySegmentsAvailable: number;
    memorySegmentsTotal: number;
    nettyShuffleMemorySegmentsAvailable: number;
    nettyShuffleMemorySegmentsUsed: number;
    nettyShuffleMemorySegmentsTotal: number;
    nettyShuffleMemoryAvailable: number;
    nettyShuffleMemoryUsed: number;
    nettyShuffleMemoryTotal: number;
    garbageCollectors: {
      name: string;
      count: number;
      time: number;
    }[];
  };
}

export interface TaskManagersInfo {
  taskmanagers: {
    id: string;
    path: string;
    dataPort: number;
    jmxPort: number;
    timeSinceLastHeartbeat: number;
    slotsNumber: number;
    freeSlots: number;
    totalResource: ResourceProfileInfo;
    freeResource: ResourceProfileInfo;
    hardware: {
      cpuCores: number;
      physicalMemory: number;
      freeMemory: number;
      managedMemory: number;
    };
    memoryConfiguration: {
      frameworkHeap: number;
      taskHeap: number;
      frameworkOffHeap: number;
      taskOffHeap: number;
      networkMemory: number;
      managedMemory: number;
      jvmMetaspace: number;
      jvmOverhead: number;
      totalFlinkMemory: number;
      totalProcessMemory: number;
    };
  }[];
}

export interface ThreadDumpInfo {
  threadInfos: {
    threadName: string;
    stringifiedThreadInfo: string;
  }[];
}

export interface TriggerResponse {
  'request-id': string;
}

export interface UserAccumulator {
  name: string;
  type: string;
  value: string;
}

export interface VertexFlameGraph {
  endTimestamp: number;
  data?: {
    name: string;
    value: number;
    children: Record<string, unknown>[];
  };
}
