/**
 * The coordinators of the sources that run in one attempt, with the way from each to its readers.
 *
 * Invariant: where a reader is, is asked each time that something is sent to it: it may run elsewhere than before.
 */
import { type Clock, GenericMetricGroup, invariant, type MetricGroup } from '@millrace/core';
import type { SubtaskAddress } from '../checkpoint/checkpoint-coordinator-gateway.ts';
import type { JobVertex } from '../graph/job-graph.ts';
import type { Closing } from '../taskmanager/orderly-close.ts';
import type { TaskExecutorGateway } from '../taskmanager/task-executor-gateway.ts';
import type { DeploymentRequest } from './job-deployment.ts';
import { SourceCoordinator } from './source-coordinator.ts';
import { WatermarkAlignmentGroups } from './watermark-alignment.ts';

export interface SourceCoordinatorsOptions {
  readonly clock: Clock;
  readonly request: Pick<DeploymentRequest, 'jobInfo' | 'metricRegistry' | 'restored'>;
  /** True where single readers may be restored. */
  readonly tracksAssignments: boolean;
  /** The slot that runs a reader now. */
  executorOf(task: SubtaskAddress): TaskExecutorGateway;
  fail(error: unknown): void;
}

export class SourceCoordinators {
  readonly all: readonly SourceCoordinator[];
  private readonly options: SourceCoordinatorsOptions;
  private readonly alignmentGroups = new WatermarkAlignmentGroups();
  private readonly byVertex: ReadonlyMap<string, SourceCoordinator>;

  /** @param vertices - that run; those among them that are no sources have no coordinator */
  constructor(vertices: readonly JobVertex[], options: SourceCoordinatorsOptions) {
    this.options = options;
    this.byVertex = new Map(
      vertices
        .filter((vertex) => vertex.operators[0]?.factory.kind === 'source')
        .map((vertex) => [vertex.id, this.create(vertex)]),
    );
    this.all = [...this.byVertex.values()];
  }

  /** `undefined` where the task is no reader of a source that runs. */
  of({ vertexId }: SubtaskAddress): SourceCoordinator | undefined {
    return this.byVertex.get(vertexId);
  }

  /** From what the attempt restores. */
  start(): void {
    const assignment = this.options.request.restored?.assignment;
    for (const coordinator of this.all) {
      coordinator.start(assignment?.get(coordinator.operatorId)?.coordinatorState?.data);
    }
  }

  close(): Closing[] {
    return this.all.map((coordinator) => ({
      what: `the enumerator of ${coordinator.operatorName}`,
      done: coordinator.close(),
    }));
  }

  private create(vertex: JobVertex): SourceCoordinator {
    const head = vertex.operators[0]!;
    const { factory } = head;
    invariant(factory.kind === 'source', 'only a source has a coordinator');
    const params = factory.watermarkAlignment;
    const { clock, tracksAssignments, fail } = this.options;
    const taskOf = (subtask: number): SubtaskAddress => ({ vertexId: vertex.id, subtask });
    const executorOf = (subtask: number) => this.options.executorOf(taskOf(subtask));
    return new SourceCoordinator({
      operatorId: head.operatorId,
      operatorName: head.name,
      metricGroup: this.metricsOf(vertex),
      source: factory.source,
      parallelism: vertex.parallelism,
      tracksAssignments,
      clock,
      targets: {
        addSplits: (subtask, splits, version) =>
          executorOf(subtask).addSplits(taskOf(subtask), splits, version),
        noMoreSplits: (subtask) => executorOf(subtask).noMoreSplits(taskOf(subtask)),
        alignWatermark: (subtask, maxDesired) =>
          executorOf(subtask).alignWatermark(taskOf(subtask), maxDesired),
      },
      alignment: params && { params, group: this.alignmentGroups.group(params.watermarkGroup) },
      fail,
    });
  }

  private metricsOf({ id, name, operators }: JobVertex): MetricGroup {
    const { metricRegistry, jobInfo } = this.options.request;
    const { operatorId = '' } = operators[0] ?? {};
    // As Flink calls the coordinator of a chain: by the name of all of it.
    const identity = { taskId: id, taskName: name, operatorId, operatorName: name };
    const operator = metricRegistry?.jobManagerOperator(jobInfo, identity);
    return (operator ?? new GenericMetricGroup('coordinator')).addGroup('coordinator');
  }
}
