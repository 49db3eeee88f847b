import { Command } from 'commander';
import { callNode } from '../admin/control.js';
import type { Config, SettingName } from '../config.js';
import { SuhoError } from '../errors.js';
import { pricingOf } from '../risk/price-figures.js';
import { explainText } from '../signals/explanation.js';
import { isLineage, type Lineage, recompute } from '../signals/lineage.js';
import type { Decision } from '../signals/signal.js';
import type { ExplainedSignal } from '../storage/ledger/ledger.js';
import { withLedger } from './ledger-source.js';
import { pricingText } from './pricing-text.js';
import { settingsOf, withSettings } from './settings.js';

const STORES: readonly SettingName[] = ['data', 'ledger'];

export function explainCommand(): Command {
  const command = new Command('explain')
    .description('how a signal came to be: its score worked out anew from what its decision was made of, and what priced it')
    .argument('<signal>', 'the id of a signal')
    .option('--json', 'one JSON line: signal lineage ml pattern decisions pricing same')
    .addHelpText('after', '\nExit 0 when what is worked out is what the signal says, 1 when it is not.');
  withSettings(command, STORES).action(async (id: string, flags: { readonly json?: boolean }) => {
    const { signal, lineage: text } = await explained(settingsOf({ ...flags }, STORES).config, id);
    const lineage = lineageOf(id, text);
    const { decided, ml, pattern } = recompute(lineage);
    const same = decided.decisions.some((decision) => agrees(decision, signal));
    const { decisions } = decided;
    const pricing = pricingOf(signal.figures);
    process.stdout.write(
      flags.json
        ? `${JSON.stringify({ signal, lineage, ml, pattern, decisions, pricing, same })}\n`
        : explainText(lineage) + pricingText(pricing, signal),
    );
    if (!same) process.stderr.write(`suho: the ledger has the signal otherwise: ${said(signal)}\n`);
    process.exitCode = same ? 0 : 1;
  });
  return command;
}

/** A running node has its embedded ledger to itself, and is asked. */
async function explained(config: Config, id: string): Promise<ExplainedSignal> {
  const answered =
    config.ledger === 'embedded' ? await callNode<ExplainedSignal | null>(config.data, 'signal.explained', id) : undefined;
  const found = answered === undefined ? await withLedger(config, (ledger) => ledger.explained(id)) : answered.result;
  if (found === undefined || found === null) throw new SuhoError('NOT_FOUND', `there is no signal ${id} in the ledger`);
  return found;
}

function lineageOf(id: string, text: string | null): Lineage {
  if (text === null)
    throw new SuhoError('NOT_FOUND', `of signal ${id} it is not kept what its decision was made of, or that is in the archive`);
  const kept: unknown = JSON.parse(text);
  if (!isLineage(kept)) throw new SuhoError('INPUT_INVALID', `what signal ${id} was made of was written by another version`);
  return kept;
}

/** Prices are the broker's in the signal and the reference's in the decision; the score and its parts are the same in both. */
function agrees(decision: Decision, signal: ExplainedSignal['signal']): boolean {
  const { kind, direction, score, strength, parts } = signal;
  const names = Object.keys({ ...parts, ...decision.parts }) as (keyof typeof parts)[];
  return (
    decision.kind === kind &&
    decision.direction === direction &&
    decision.score === score &&
    decision.strength === strength &&
    names.every((name) => parts[name] === decision.parts[name])
  );
}

function said({ kind, direction, score, strength, parts }: ExplainedSignal['signal']): string {
  return `${kind} ${direction}, score ${score}, ${strength}, parts ${JSON.stringify(parts)}`;
}
