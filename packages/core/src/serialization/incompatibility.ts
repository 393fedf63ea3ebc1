/**
 * Where and why a type does not fit the one in a snapshot, in words.
 */
import {
  type Incompatibility,
  type PathStep,
  TypeSerializerSchemaCompatibility,
} from './type-serializer.ts';

export const incompatible: (typeof TypeSerializerSchemaCompatibility)['incompatible'] =
  TypeSerializerSchemaCompatibility.incompatible;

export function wasAndIs(before: string, now: string): string {
  return `${before} in the snapshot, ${now} in the program`;
}

/** A part's verdict as one of the whole: `step` leads to the part. */
export function atStep(step: PathStep, rule: string, part: Incompatibility): Incompatibility {
  return {
    ...part,
    rule: part.rule ?? rule,
    path: [step, ...(part.path ?? [])],
  };
}

/** `POJO com.acme.Order, field customer.age`; empty for the type itself. */
export function describePath(path: readonly PathStep[] = []): string {
  const dotted = (steps: readonly PathStep[]) => steps.map((step) => step.name).join('.');
  const first = path.findIndex((step) => step.owner !== undefined);
  if (first < 0) {
    return dotted(path);
  }
  const field = `${path[first]?.owner}, field ${dotted(path.slice(first))}`;
  return first === 0 ? field : `${dotted(path.slice(0, first))}: ${field}`;
}
