/**
 * What moves records between the slot of this thread and others.
 *
 * The loop of the slot polls it between slices of its tasks, and asks to be woken by it when no task
 * can go on.
 */
export interface Exchange {
  /** Takes in what has come and sends what there is room for. @returns true when anything moved */
  poll(): boolean;
  /**
   * Before the loop sleeps: `wake` will be called once there may be something to move. Asked again
   * before that, it is called once all the same.
   *
   * @returns false when there is something to move already: do not sleep
   */
  wakeOnWork(wake: () => void): boolean;
  /** True while something that was pushed has not gone to its slot: the loop goes on until it has. */
  readonly hasUnsent: boolean;
  /** Nothing is sent or taken any more. */
  close(): void;
}
