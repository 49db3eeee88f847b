#!/usr/bin/env node
import { prepare } from '../scripts/prepare.mjs';

await prepare();
const { main } = await import('../dist/src/cli/suho.js');
await main(process.argv.slice(2));
