// Runs the checks and the compiled tests that need no server beside the engine, and ends with one plain line. `--proof` runs
// the same tests at full counts; other arguments are parts of test file names: `node scripts/test.mjs candle` runs only files
// whose path holds "candle". Tests against servers are the other half: `npm run test:services`.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root, runFiles, Tally, testFiles } from './test-run.mjs';

const words = process.argv.slice(2);
const proof = words.includes('--proof');
const parts = words.filter((word) => !word.startsWith('--'));
if (proof) process.env.SUHO_PROOF = '1';

const tally = new Tally();
if (parts.length === 0) {
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const lint = spawnSync(process.execPath, [biome, 'check', '--error-on-warnings', '.'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (lint.status === 0) tally.passed += 1;
  else tally.failures.push('lint');
}
await runFiles(tally, {
  files: testFiles({ services: false, parts }),
  concurrency: 2,
  timeoutMs: (proof ? 120 : 8) * 60_000,
});
tally.close();
