// A process that opens the ledger in the folder it is given and commits without end, telling each row once it is durable.
// It is killed by the test, at any moment.
import { systemClock } from '../../../src/runtime/clock.js';
import { GroupCommit } from '../../../src/storage/ledger/group-commit.js';
import type { SignalRow } from '../../../src/storage/ledger/ledger.js';
import { openLedger } from '../../../src/storage/ledger/open.js';
import { accountId, deal, hello, newSignal, raise, result } from '../../contracts/ledger-world.js';

const folder = process.argv[2] as string;
const accounts = Number(process.argv[3]);
/** Signals of this life have numbers that none before it had. */
const firstNumber = Number(process.argv[4]);

const ledger = await openLedger({ folder });
const group = new GroupCommit({ ledger, clock: systemClock });

function tell(row: SignalRow): void {
  process.stdout.write(`${row.accountId} ${row.seq} ${row.id}\n`);
}

async function work(account: number): Promise<never> {
  const claimed = await ledger.claim(hello(account));
  if (claimed.kind !== 'claimed') throw new Error(`account ${accountId(account)} is ${claimed.kind}`);
  const { epoch } = claimed.account;
  for (let number = firstNumber; ; number++) {
    const signal = newSignal(account, number);
    const [raised] = await group.submit([raise(account, number, {}, epoch)]);
    if (raised?.kind === 'raised') tell(raised.row);
    const told = [result(signal, 'EXECUTED', {}, epoch), deal(account, String(number), 'IN', 0.3, signal.id, {}, epoch)];
    await group.submit(told);
    process.stdout.write(`${signal.accountId} executed ${signal.id}\n`);
  }
}

await Promise.all(Array.from({ length: accounts }, (_, at) => work(at + 1)));
