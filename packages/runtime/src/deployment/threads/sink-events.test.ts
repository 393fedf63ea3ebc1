import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import type { JobGraph } from '../../graph/job-graph.ts';
import { SinkEvents } from './sink-events.ts';
import type { FromTaskManager } from './worker-messages.ts';

const GRAPH = {
  vertices: [{ operators: [{ operatorId: 'o', name: 'results' }] }],
} as unknown as JobGraph;

const event = { operatorId: 'o', subtask: 0, event: 'a record' };

describe('what a sink sends to its coordinator', () => {
  it('is sent once it was taken', async () => {
    const posted: FromTaskManager[] = [];
    const events = new SinkEvents(GRAPH, (message) => void posted.push(message));

    const sent = events.send(3, event);
    assert.equal(events.size, 1);
    events.taken(0);
    await sent;

    assert.deepEqual(posted, [{ kind: 'sink-event', attempt: 3, id: 0, ...event }]);
    assert.equal(events.size, 0);
  });

  it('is forgotten with the attempt, and not mistaken for what the next one sends', async () => {
    const events = new SinkEvents(GRAPH, () => {});
    let taken = 0;
    void events.send(0, event).then(() => taken++);

    events.endAttempt(0);
    assert.equal(events.size, 0);
    const next = events.send(1, event);
    events.taken(0);
    assert.equal(events.size, 1);
    events.taken(1);
    await next;

    assert.equal(taken, 0);
  });

  it('fails naming the sink when no other thread can have it', async () => {
    const { port1, port2 } = new MessageChannel();
    const events = new SinkEvents(GRAPH, (message) => port1.postMessage(message));

    await assert.rejects(events.send(0, { ...event, event: () => 1 }), {
      code: 'VALUE_NOT_SERIALIZABLE',
      message: /a record of 'results' cannot go/,
    });
    assert.equal(events.size, 0);
    port1.close();
    port2.close();
  });
});
