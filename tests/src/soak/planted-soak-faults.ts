/**
 * Faults that a soak has to find: planted with `--plant`, to see that its verdict can fail. A test plants
 * those that a run of seconds finds; the others are found by `--minutes 1.5` (leaks) and with kills.
 */
export const SOAK_FAULTS = [
  /** One record is lost behind the check of order. */
  'loses',
  /** One record comes twice behind the check of order. */
  'doubles',
  /** One record never comes to the check of order. */
  'loses-before',
  /** Of one lane nothing comes behind the check of order any more. */
  'loses-end',
  /** The main thread keeps what it need not. */
  'leaks',
  /** Each worker does. */
  'leaks-worker',
  /** A task fails that nobody kills. */
  'fails',
  /** No kill is carried out. */
  'kills-nobody',
] as const;
export type SoakFault = (typeof SOAK_FAULTS)[number];

/** Number of the record that it happens to, in lane 0. */
export const FAULT_AT = 10_007;

/** What a thread that leaks keeps more each second: 3.2 MB. */
export function leak(kept: number[][]): void {
  kept.push(Array.from({ length: 400_000 }, (_, i) => i + 0.5));
}

/** @throws for what is none */
export function soakFault(name: string | undefined): SoakFault | undefined {
  const fault = SOAK_FAULTS.find((each) => each === name);
  if (name !== undefined && fault === undefined) {
    throw new Error(`--plant is '${name}'; use one of ${SOAK_FAULTS.join(', ')}`);
  }
  return fault;
}
