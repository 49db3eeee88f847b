import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { burn, calm, type Cell, evidenceOf } from './cell.js';
import { violationsOf } from '../simulation/delivery-checkers.js';
import { FAULTS } from './faults.js';
import { FireWorld } from './fire-world.js';
import { SCENARIOS } from './scenarios.js';

const PROOF = process.env.SUHO_PROOF !== undefined;
const WHENS = ['before', 'after'] as const;
const NAMES = Object.keys(FAULTS);

/** All of them in a proof. Else each step of the ordinary day meets every fault on one of its sides, and others meet a few in turn. */
function cellsOf(scenario: string, step: string, at: number): readonly Cell[] {
  return NAMES.flatMap((fault, number) =>
    WHENS.map((when): Cell => ({ scenario, step, when, fault })).filter((_, side) => {
      if (PROOF) return true;
      return scenario === 'ordinary' ? (at + number) % 2 === side : (at * 3 + number) % (2 * NAMES.length) < 2 && at % 2 === side;
    }),
  );
}

describe('delivery under fire', () => {
  for (const [scenario, { steps, play }] of Object.entries(SCENARIOS)) {
    it(`${scenario}: the table names every step that is passed, and no other`, async () => {
      const world = await FireWorld.begin({ seed: scenario });
      world.addEa('desktop');
      await play(world);
      assert.deepEqual([...world.steps.seen].sort(), [...steps].sort());
      await calm(world);
      assert.deepEqual(violationsOf(await evidenceOf(world)), []);
      world.close();
    });

    for (const [at, step] of steps.entries()) {
      const cells = cellsOf(scenario, step, at);
      if (cells.length === 0) continue;
      it(`${scenario}: ${cells.length} faults before or after “${step}”`, async () => {
        const wrong: string[] = [];
        for (const cell of cells) {
          const { reached, found } = await burn(cell);
          if (!reached) wrong.push(`${cell.when}, ${cell.fault}: the step was not reached`);
          for (const one of found) wrong.push(`${cell.when}, ${cell.fault}: ${one}`);
        }
        assert.deepEqual(wrong, []);
      });
    }
  }
});
