import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { burn, calm, type Cell, evidenceOf } from './cell.js';
import { violationsOf } from '../simulation/delivery-checkers.js';
import { FAULTS } from './faults.js';
import { FireWorld } from './fire-world.js';
import { SCENARIOS } from './scenarios.js';

const PROOF = process.env.SUHO_PROOF !== undefined;
const WHENS = ['before', 'after'] as const;
const ONLY = process.env.SUHO_CELL;

function cellsOf(scenario: string, step: string): readonly Cell[] {
  return Object.keys(FAULTS).flatMap((fault) => WHENS.map((when): Cell => ({ scenario, step, when, fault })));
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

    for (const step of steps) {
      it(`${scenario}: every fault before and after “${step}”`, async () => {
        const cells = cellsOf(scenario, step).filter((_, at) => PROOF || scenario === 'ordinary' || at >= 0);
        const wrong: string[] = [];
        for (const cell of cells) {
          if (ONLY !== undefined && !`${cell.scenario}/${cell.step}/${cell.when}/${cell.fault}`.includes(ONLY)) continue;
          const { reached, found } = await burn(cell);
          if (!reached) wrong.push(`${cell.when}, ${cell.fault}: the step was not reached`);
          for (const one of found) wrong.push(`${cell.when}, ${cell.fault}: ${one}`);
        }
        assert.deepEqual(wrong, []);
      });
    }
  }
});
