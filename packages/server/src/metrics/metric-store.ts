/**
 * The metrics of one moment by what they belong to, under the names of Flink's REST.
 *
 * - Of a vertex: `<subtask>.<name>`, those of operators `<subtask>.<operator>.<name>`.
 * - Characters that would break a name are `_`: blanks, dots, colons and commas of operators' names and
 *   of groups.
 *
 * Flink: MetricStore, QueryScopeInfo, MetricQueryService.
 */
import type { MetricDump } from '@millrace/core';
import { metricTexts } from './metric-text.ts';

/** By name, as text. */
export type ComponentMetrics = Map<string, string>;

export interface VertexMetrics {
  /** Under names with the subtask in front. */
  readonly all: ComponentMetrics;
  /** By subtask, without it. */
  readonly subtasks: Map<number, ComponentMetrics>;
  /** Of what coordinates its operators. */
  readonly jobManagerOperators: ComponentMetrics;
}

export class MetricStore {
  readonly jobManager: ComponentMetrics = new Map();
  readonly taskManagers: Map<string, ComponentMetrics> = new Map();
  readonly jobs: Map<string, ComponentMetrics> = new Map();
  /** By job and vertex. */
  private readonly vertices = new Map<string, VertexMetrics>();

  constructor(dumps: readonly MetricDump[]) {
    for (const dump of dumps) {
      this.add(dump);
    }
  }

  vertex(jobId: string, vertexId: string): VertexMetrics | undefined {
    return this.vertices.get(`${jobId} ${vertexId}`);
  }

  private add(dump: MetricDump): void {
    const { variables, infix } = dump;
    const groups = infix === '' ? '' : `${replaceInvalidCharacters(infix, '.')}.`;
    const name = `${groups}${dump.name}`;
    const { tm_id: taskManagerId = '', job_id: jobId = '', task_id: vertexId = '' } = variables;
    switch (componentOf(dump.logicalScope)) {
      case 'jobmanager':
        put(this.jobManager, dump, name);
        return;
      case 'taskmanager':
        put(entryOf(this.taskManagers, taskManagerId, newMetrics), dump, name);
        return;
      case 'job':
        put(entryOf(this.jobs, jobId, newMetrics), dump, name);
        return;
      case 'jobmanager operator':
        put(this.vertexOf(jobId, vertexId).jobManagerOperators, dump, `${operatorOf(dump)}${name}`);
        return;
      case 'task': {
        const { all, subtasks } = this.vertexOf(jobId, vertexId);
        const subtask = Number(variables.subtask_index);
        const ofTask = `${operatorOf(dump)}${name}`;
        put(entryOf(subtasks, subtask, newMetrics), dump, ofTask);
        put(all, dump, `${subtask}.${ofTask}`);
      }
    }
  }

  private vertexOf(jobId: string, vertexId: string): VertexMetrics {
    return entryOf(this.vertices, `${jobId} ${vertexId}`, () => ({
      all: new Map(),
      subtasks: new Map(),
      jobManagerOperators: new Map(),
    }));
  }
}

type Component = 'jobmanager' | 'taskmanager' | 'job' | 'jobmanager operator' | 'task';

/** Longest first: groups of a program may have any names below. */
const COMPONENTS: readonly (readonly [string, Component])[] = [
  ['jobmanager.job.operator', 'jobmanager operator'],
  ['taskmanager.job.task', 'task'],
  ['jobmanager.job', 'job'],
  ['taskmanager.job', 'job'],
  ['jobmanager', 'jobmanager'],
  ['taskmanager', 'taskmanager'],
];

function componentOf(logicalScope: string): Component | undefined {
  return COMPONENTS.find(
    ([scope]) => logicalScope === scope || logicalScope.startsWith(`${scope}.`),
  )?.[1];
}

function operatorOf({ variables, logicalScope }: MetricDump): string {
  const { operator_name: operator } = variables;
  return operator === undefined || !/\.operator(\.|$)/.test(logicalScope)
    ? ''
    : `${replaceInvalidCharacters(operator)}.`;
}

function put(metrics: ComponentMetrics, dump: MetricDump, name: string): void {
  for (const [each, text] of metricTexts(dump, name)) {
    metrics.set(each, text);
  }
}

/** @param kept - one that stays */
function replaceInvalidCharacters(text: string, kept = ''): string {
  return text.replace(/[ .:,]/g, (character) => (character === kept ? character : '_'));
}

function newMetrics(): ComponentMetrics {
  return new Map();
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let entry = map.get(key);
  if (entry === undefined) {
    entry = make();
    map.set(key, entry);
  }
  return entry;
}
