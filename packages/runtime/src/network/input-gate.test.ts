import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InputGate } from './input-gate.ts';
import { LocalChannel } from './local-channel.ts';

function gateWith(sizes: readonly number[]): InputGate {
  const channels = sizes.map((size) => {
    const channel = new LocalChannel(8);
    for (let i = 0; i < size; i++) {
      channel.push(i, i);
    }
    return channel;
  });
  return new InputGate(channels, () => {});
}

describe('an input gate', () => {
  it('lets channels with data take turns', () => {
    const gate = gateWith([2, 0, 2]);

    const order = [gate.pollChannel(), gate.pollChannel(), gate.pollChannel()];

    assert.deepEqual(order, [0, 2, 0]);
  });

  it('gives out no blocked channel until it is unblocked', () => {
    const gate = gateWith([1, 1]);
    gate.setBlocked(0, true);

    assert.equal(gate.pollChannel(), 1);
    assert.equal(gate.pollChannel(), 1);

    gate.setBlocked(0, false);
    assert.equal(gate.pollChannel(), 0);
  });

  it('has nothing to give when its channels are blocked, ended or empty', () => {
    const gate = gateWith([1, 1, 0]);

    gate.setBlocked(0, true);
    gate.endChannel(1);

    assert.equal(gate.isAvailable, false);
    assert.equal(gate.pollChannel(), -1);
  });
});
