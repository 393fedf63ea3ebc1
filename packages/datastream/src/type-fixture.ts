/** For tests of what the compiler knows. */

type Equal<A, B> =
  (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;

/** Compiles only when both types are one. */
export function isType<Expected>(): <Actual>(
  value: Actual,
  ...proof: Equal<Actual, Expected> extends true ? [] : ['types differ', Actual]
) => void {
  return () => {};
}
