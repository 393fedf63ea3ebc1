/**
 * The timers of some key groups, by key and namespace.
 *
 * They are taken out of their queue, as a backend gives them in no other way; the backend is one that
 * was made for reading.
 */
import { keyIdentityOf, type TypeInformation } from '@millrace/core';
import type { KeyedStateBackend } from '@millrace/state';

const NONE: ReadonlySet<number> = new Set();

export class RegisteredTimers<K, N> {
  private readonly times: Map<unknown, Map<unknown, Set<number>>>;
  private readonly identityOfKey: (key: K) => unknown;
  private readonly identityOfNamespace: (namespace: N) => unknown;

  /** @param name - of the queue's state, as in `_timer_state/event_user-timers` */
  constructor(backend: KeyedStateBackend<K>, name: string, namespaceType: TypeInformation<N>) {
    this.times = new Map();
    this.identityOfKey = keyIdentityOf(backend.keySerializer);
    this.identityOfNamespace = keyIdentityOf(namespaceType.createSerializer());
    const queue = backend.createTimerQueue(name, namespaceType);
    for (let timer = queue.poll(); timer !== undefined; timer = queue.poll()) {
      this.add(timer);
    }
  }

  of(key: K, namespace: N): ReadonlySet<number> {
    const ofKey = this.times.get(this.identityOfKey(key));
    return ofKey?.get(this.identityOfNamespace(namespace)) ?? NONE;
  }

  private add(timer: { key: K; namespace: N; timestamp: number }): void {
    const keyIdentity = this.identityOfKey(timer.key);
    const namespaceIdentity = this.identityOfNamespace(timer.namespace);
    let ofKey = this.times.get(keyIdentity);
    if (ofKey === undefined) {
      ofKey = new Map();
      this.times.set(keyIdentity, ofKey);
    }
    let times = ofKey.get(namespaceIdentity);
    if (times === undefined) {
      times = new Set();
      ofKey.set(namespaceIdentity, times);
    }
    times.add(timer.timestamp);
  }
}
