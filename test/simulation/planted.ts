/** `npm run planted`: hunts the planted bugs and tells which checker caught each, and after how many seeds. */
import { availableParallelism } from 'node:os';
import { sentence } from '../../src/errors.js';
import { type Caught, hunt, readPlantedBugs } from './planted-bugs.js';

const HELP = `npm run planted -- [NAME…] [--json]

Applies each patch of test/planted to a copy of the built engine and lives worlds until the checker that it names finds it.

Exit: 0 all were caught · 1 one was not, or no longer applies · 2 usage.
`;

function row({ bug, seed, checkers }: Caught): string {
  const others = checkers.filter((checker) => checker !== bug.checker);
  const caught = seed === undefined ? `NOT CAUGHT in ${bug.seeds} seeds` : `${bug.checker} at seed ${seed} of ${bug.seeds}`;
  return `${bug.name.padEnd(28)} ${caught.padEnd(48)} ${others.length === 0 ? '' : `also ${others.join(', ')}`}`.trimEnd();
}

async function main(): Promise<void> {
  const words = process.argv.slice(2);
  if (words.includes('--help')) return void process.stdout.write(HELP);
  const json = words.includes('--json');
  const names = words.filter((word) => !word.startsWith('--'));
  const bugs = readPlantedBugs().filter(({ name }) => names.length === 0 || names.includes(name));
  if (bugs.length === 0 || words.some((word) => word.startsWith('--') && word !== '--json')) {
    process.stderr.write(HELP);
    process.exitCode = 2;
    return;
  }
  let missed = 0;
  for (const bug of bugs) {
    try {
      const caught = await hunt(bug, availableParallelism());
      if (caught.seed === undefined) missed += 1;
      const { name, checker, seeds } = bug;
      if (json)
        process.stdout.write(
          `${JSON.stringify({ bug: name, checker, seeds, seed: caught.seed ?? null, checkers: caught.checkers })}\n`,
        );
      else process.stdout.write(`${row(caught)}\n`);
    } catch (error) {
      missed += 1;
      process.stderr.write(`${bug.name}: ${sentence(error)}\n`);
    }
  }
  process.stderr.write(`${bugs.length - missed} of ${bugs.length} planted bugs were caught.\n`);
  process.exitCode = missed === 0 ? 0 : 1;
}

await main();
