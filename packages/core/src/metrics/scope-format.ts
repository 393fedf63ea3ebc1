/**
 * How the scope of a component is written: names and `<variables>` between dots.
 *
 * A format that begins with `*.` goes on from that of the component above it. What is not known where
 * a format is used stays as it stands.
 *
 * Flink: ScopeFormat, ScopeFormats.
 */

const SEPARATOR = '.';
const PARENT = '*';

/** By component, as `metrics.scope.*` says. */
export interface ScopeFormats {
  readonly jobManager: string;
  readonly jobManagerJob: string;
  readonly jobManagerOperator: string;
  readonly taskManager: string;
  readonly taskManagerJob: string;
  readonly task: string;
  readonly operator: string;
}

/** The formats as components, with those of the component above in the place of `*`. */
export class ComponentScopes {
  readonly jobManager: readonly string[];
  readonly jobManagerJob: readonly string[];
  readonly jobManagerOperator: readonly string[];
  readonly taskManager: readonly string[];
  readonly taskManagerJob: readonly string[];
  readonly task: readonly string[];
  readonly operator: readonly string[];

  constructor(formats: ScopeFormats) {
    this.jobManager = parse(formats.jobManager, []);
    this.jobManagerJob = parse(formats.jobManagerJob, this.jobManager);
    this.jobManagerOperator = parse(formats.jobManagerOperator, this.jobManagerJob);
    this.taskManager = parse(formats.taskManager, []);
    this.taskManagerJob = parse(formats.taskManagerJob, this.taskManager);
    this.task = parse(formats.task, this.taskManagerJob);
    this.operator = parse(formats.operator, this.task);
  }
}

/** Variables by their names with the brackets. */
export function bindScope(
  components: readonly string[],
  variables: ReadonlyMap<string, string>,
): readonly string[] {
  return components.map((component) => variables.get(component) ?? component);
}

function parse(format: string, parent: readonly string[]): readonly string[] {
  const components = format.split(SEPARATOR).filter((component) => component !== '');
  return components[0] === PARENT ? [...parent, ...components.slice(1)] : components;
}
