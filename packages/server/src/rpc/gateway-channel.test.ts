import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { CheckpointError, errorCode } from '@millrace/core';
import { connectGateway, serveGateway } from './gateway-channel.ts';

class Gateway {
  private readonly calls: string[] = [];

  async path(name: string): Promise<string> {
    this.calls.push(name);
    return `/${this.calls.join('/')}`;
  }

  async refuse(): Promise<never> {
    throw new CheckpointError('CHECKPOINT_EXPIRED', 'took too long', { cause: new Error('disk') });
  }

  async unsendable(): Promise<unknown> {
    return () => {};
  }
}

async function withChannel(use: (gateway: Gateway) => Promise<void>): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  serveGateway(port1, new Gateway());
  await use(connectGateway<Gateway>(port2));
  port2.close();
}

describe('the gateway over a message port', () => {
  it('answers calls in their object', () =>
    withChannel(async (gateway) => {
      assert.deepEqual([await gateway.path('a'), await gateway.path('b')], ['/a', '/a/b']);
    }));

  it('keeps class, code, message and cause of an error', () =>
    withChannel(async (gateway) => {
      const error = await gateway.refuse().then(
        () => undefined,
        (thrown: Error) => thrown,
      );

      assert.ok(error instanceof CheckpointError);
      assert.equal(errorCode(error), 'CHECKPOINT_EXPIRED');
      assert.equal((error.cause as Error).message, 'disk');
    }));

  it('fails a call whose answer cannot be sent, or that there is not, and no other', () =>
    withChannel(async (gateway) => {
      const unknown = gateway as unknown as { constructor(): Promise<void>; no(): Promise<void> };

      await assert.rejects(gateway.unsendable());
      await assert.rejects(unknown.no());
      assert.equal(await gateway.path('a'), '/a');
    }));
});
