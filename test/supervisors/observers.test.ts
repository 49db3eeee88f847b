import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLogger } from '../../src/runtime/logger.js';
import { observersAsOne } from '../../src/supervisors/observers.js';

describe('observers', () => {
  it('each hears what it has a method for, in order, as the object that it is', () => {
    const heard: string[] = [];
    class Listener {
      readonly #name: string;
      constructor(name: string) {
        this.#name = name;
      }
      crashed(path: string): void {
        heard.push(`${this.#name} ${path}`);
      }
    }
    const one = observersAsOne([new Listener('first'), {}, new Listener('second')], silentLogger);
    one.crashed('/engine/x');
    one.refused('mode', 'EURUSD', 'account');
    assert.deepEqual(heard, ['first /engine/x', 'second /engine/x']);
  });

  it('one that throws hurts neither the engine nor the others', () => {
    const heard: string[] = [];
    const failing = {
      crashed: () => {
        throw new Error('full');
      },
    };
    const one = observersAsOne([failing, { crashed: (path) => void heard.push(path) }], silentLogger);
    one.crashed('/engine/x');
    assert.deepEqual(heard, ['/engine/x']);
  });
});
