import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { describe, it } from 'node:test';
import type { OwnAnswer } from '../../src/inference/own-models.js';
import { LIMITS } from '../../src/limits.js';
import { FAULTY_OWN_MODEL as FAULTY, SAYS } from '../support/faulty-own-says.js';
import { drawnRow, realInference } from '../support/inference.js';
import { honestGraph, hungryGraph, letIn, sha256Of, slowGraph, withOperator } from '../support/own-graphs.js';
import { ownModels, PATIENT, type RunningOwnModels, runs, vectorOf } from '../support/own-sources.js';
import { denseModel } from '../support/small-models.js';
import { until } from '../support/actors.js';

/** What a whole test may take for an answer: the machine may be busy. */
const PATIENT_MS = 20_000;
const EIGHT_GB = 2e9;
/** As it is live; elsewhere a test waits longer, for the machine may be busy. */
const HANGS_SOON = { ...PATIENT, hangMs: LIMITS.ownModels.hangMs };
const THREE_GB = 0.75e9;

async function only(own: RunningOwnModels, tenant: string, value: number, deadlineMs = PATIENT_MS): Promise<OwnAnswer> {
  const [answer, ...more] = await own.models.ask(tenant, vectorOf(value), deadlineMs);
  assert.ok(answer !== undefined && more.length === 0, 'one model answers');
  return answer;
}

function whyOf(answer: OwnAnswer): string {
  return answer.kind === 'left out' ? `${answer.leftOut}: ${answer.sentence}` : JSON.stringify(answer.output);
}

const UP = { kind: 'sides', BUY: 0.5, SELL: 0 };

interface Others {
  readonly pool: number;
  readonly tenant: number;
  readonly faults: readonly string[];
}

/** Asks the shared pool and another tenant's model all the time while `work` goes on, and tells what they answered. */
async function whileOthersGoOn(own: RunningOwnModels, work: () => Promise<void>): Promise<Others> {
  await using shared = await realInference();
  const model = await shared.source('shared', denseModel());
  own.held.put('neighbour', letIn('honest', honestGraph()));
  assert.deepEqual(whyOf(await only(own, 'neighbour', 1)), JSON.stringify(UP));
  const pid = own.models.processes.get('neighbour');
  const faults: string[] = [];
  let [pool, tenant, over] = [0, 0, false];
  const asks = async (): Promise<void> => {
    while (!over) {
      const rows = drawnRow(176, pool);
      await shared.pool.ask({ model, rowLength: 176, rows, deadlineMs: PATIENT_MS }).then(
        () => {
          pool += 1;
        },
        (error: unknown) => faults.push(String(error)),
      );
      const answer = await only(own, 'neighbour', 1);
      if (answer.kind === 'answered') tenant += 1;
      else faults.push(whyOf(answer));
    }
  };
  const asking = asks();
  try {
    await work();
  } finally {
    over = true;
    await asking;
  }
  assert.equal(own.models.processes.get('neighbour'), pid, 'the neighbour’s process is the one that it was');
  return { pool, tenant, faults };
}

function assertWentOn({ pool, tenant, faults }: Others): void {
  assert.deepEqual(faults, []);
  assert.ok(pool > 0 && tenant > 0, `the shared models answered ${pool} times, the neighbour’s ${tenant}`);
}

describe('a tenant’s own models', () => {
  it('answer from a process of their own, each with the window that it reads, the newest last', async () => {
    await using own = ownModels();
    own.held.put('north', letIn('one', honestGraph()), letIn('many', honestGraph({ steps: 3 }), 7));
    const window = new Float64Array(5 * 176);
    window[2 * 176] = 0.125;
    // Older than either reads.
    window[0] = 0.25;
    assert.equal(await own.models.stepsOf('north'), 3);
    assert.deepEqual(await own.models.ask('north', window, PATIENT_MS), [
      { model: 'one', version: '1', horizon: '15m', kind: 'answered', output: { kind: 'sides', BUY: 0.25, SELL: 0.25 } },
      { model: 'many', version: '7', horizon: '15m', kind: 'answered', output: { kind: 'sides', BUY: 0.375, SELL: 0.125 } },
    ]);
    assert.deepEqual((await own.models.ask('north', vectorOf(0), PATIENT_MS)).map(whyOf)[1], 'not ready: it reads 3 vectors');
    assert.deepEqual(await own.models.ask('south', window, PATIENT_MS), []);
    assert.equal(own.models.processes.size, 1);
  });

  it('are asked of the timeframe that they read alone', async () => {
    await using own = ownModels();
    own.held.put('north', letIn('quick', honestGraph(), 1, 'M1'), letIn('long', honestGraph({ steps: 3 }), 1, 'H1'));
    const named = async (timeframe: 'M1' | 'M5' | 'H1') =>
      (await own.models.ask('north', vectorOf(0, 3), PATIENT_MS, timeframe)).map(({ model }) => model);
    assert.deepEqual([await named('M1'), await named('H1'), await named('M5')], [['quick'], ['long'], []]);
    assert.deepEqual([await own.models.stepsOf('north', 'M1'), await own.models.stepsOf('north', 'M5')], [1, 0]);
  });

  it('have an environment that forbids their runtime to report, and nothing else in it, a low priority, and limits that their process cannot lift', async () => {
    await using own = ownModels({ entry: FAULTY });
    own.held.put('north', letIn('faulty', honestGraph()));
    assert.match(
      whyOf(await only(own, 'north', SAYS.environment)),
      /failed: \{("ORT_DISABLE_TELEMETRY":"1",?|"PWD":"[^"]*",?|"SHLVL":"\d",?|"_":"[^"]*",?|"OLDPWD":"[^"]*",?)*\} in \/.*suho-own-/,
    );
    const pid = own.models.processes.get('north') as number;
    const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
    assert.match(limits, new RegExp(`Max data size +${LIMITS.ownModels.memoryBytes} +${LIMITS.ownModels.memoryBytes} `));
    assert.match(limits, new RegExp(`Max address space +${LIMITS.ownModels.addressBytes} +${LIMITS.ownModels.addressBytes} `));
    assert.match(limits, /Max core file size +0 +0 /);
    assert.match(limits, /Max file size +0 +0 /);
    assert.equal(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8').trim(), '1000');
    assert.ok(getPriority(pid) >= 10);
  });

  it('that take 8 GB are refused them by the operating system, and others’ predictions go on', async () => {
    await using own = ownModels();
    own.held.put('north', letIn('hungry', hungryGraph()));
    assert.equal((await only(own, 'north', 0)).kind, 'answered');
    const others = await whileOthersGoOn(own, async () => {
      assert.match(whyOf(await only(own, 'north', EIGHT_GB)), /failed: it wants more memory than the 536870912 bytes/);
      // Its process bore it.
      assert.equal((await only(own, 'north', 1_000)).kind, 'answered');
    });
    assertWentOn(others);
  });

  it('that take gigabytes where the system does not hold them are killed at the limit, long before they have them', async () => {
    const memoryBytes = 300_000_000;
    await using own = ownModels({ bySystem: false, limits: { ...PATIENT, memoryBytes, watchMs: 5 } });
    own.held.put('north', letIn('hungry', hungryGraph()));
    assert.equal((await only(own, 'north', 0)).kind, 'answered');
    const pid = own.models.processes.get('north') as number;
    const others = await whileOthersGoOn(own, async () => {
      const why = whyOf(await only(own, 'north', THREE_GB));
      const [, had] = /failed: it had (\d+) bytes of memory, more than the 300000000 it may have, and was killed/.exec(why) ?? [];
      assert.ok(Number(had) < 2e9, why);
    });
    assertWentOn(others);
    assert.ok(!runs(pid), 'its process is no more');
    assert.equal((await only(own, 'north', 1_000)).kind, 'answered');
  });

  it('that abort take nobody with them', async () => {
    await using own = ownModels();
    own.held.put('north', letIn('slow', slowGraph()));
    assert.equal((await only(own, 'north', 0)).kind, 'answered');
    const pid = own.models.processes.get('north') as number;
    const others = await whileOthersGoOn(own, async () => {
      // A graph that makes this runtime abort is not known, so the process is made to while it runs one.
      const running = only(own, 'north', 900);
      process.kill(pid, 'SIGABRT');
      assert.match(whyOf(await running), /failed: its process ended by itself: SIGABRT/);
      assert.equal((await only(own, 'north', 0)).kind, 'answered');
    });
    assertWentOn(others);
    assert.ok(own.models.processes.get('north') !== pid);
  });

  it('that run too long are late by the deadline, and killed when they hang', async () => {
    await using own = ownModels({ limits: HANGS_SOON });
    own.held.put('north', letIn('slow', slowGraph()));
    assert.equal((await only(own, 'north', 0)).kind, 'answered');
    const pid = own.models.processes.get('north') as number;
    const others = await whileOthersGoOn(own, async () => {
      const late = only(own, 'north', 1_500, 50);
      const hung = only(own, 'north', 1_500);
      assert.match(whyOf(await late), /slow: it did not answer by the deadline/);
      assert.match(whyOf(await hung), /failed: it (took more than 1000 ms to run it, and was killed|has just failed and rests)/);
    });
    assertWentOn(others);
    await until(() => !runs(pid), 'the end of its process');
  });

  it('that failed twice in a row rest, alone, and are asked again after a while', async () => {
    let nowMs = 0;
    await using own = ownModels({ clock: { nowMs: () => nowMs }, breaker: { failures: 2, openMs: 60_000 } });
    own.held.put('north', letIn('hungry', hungryGraph()), letIn('honest', honestGraph()));
    const ask = async (value: number): Promise<readonly string[]> =>
      (await own.models.ask('north', vectorOf(value), PATIENT_MS)).map((answer) =>
        answer.kind === 'answered' ? answer.kind : answer.leftOut,
      );
    assert.deepEqual(await ask(EIGHT_GB), ['failed', 'answered']);
    assert.deepEqual(await ask(EIGHT_GB), ['failed', 'answered']);
    assert.deepEqual(await ask(0), ['resting', 'answered']);
    nowMs = 60_000;
    assert.deepEqual(await ask(0), ['answered', 'answered']);
  });

  it('that say what is no answer are killed, and start anew', async () => {
    await using own = ownModels({ entry: FAULTY, limits: HANGS_SOON, breaker: { failures: 100, openMs: 1 } });
    own.held.put('north', letIn('faulty', honestGraph()));
    for (const [told, why] of [
      [SAYS.rubbish, /failed: it said what is no answer, and was killed/],
      [SAYS.endless, /failed: it said what is no answer, and was killed/],
      [SAYS.longFrame, /failed: it said what is no answer, and was killed/],
      [SAYS.unasked, /failed: it answered something else than it was asked/],
      [SAYS.ends, /failed: its process ended by itself: code 3/],
      [SAYS.hangs, /failed: it took more than 1000 ms to run it, and was killed/],
    ] as const) {
      const pid = own.models.processes.get('north');
      assert.match(whyOf(await only(own, 'north', Number.NaN)), /BUY/);
      assert.match(whyOf(await only(own, 'north', told)), why);
      assert.ok(pid === undefined || !runs(pid));
    }
  });

  it('that speak unasked are killed, and the next window goes to a new process', async () => {
    await using own = ownModels({ entry: FAULTY });
    own.held.put('north', letIn('faulty', honestGraph()));
    assert.match(whyOf(await only(own, 'north', SAYS.twice)), /BUY/);
    const pid = own.models.processes.get('north') as number;
    await until(() => !runs(pid), 'the end of its process');
    assert.match(whyOf(await only(own, 'north', Number.NaN)), /BUY/);
    assert.ok(own.models.processes.get('north') !== pid);
  });

  it('share so many processes: who has waited gets that of a tenant who is idle, or has had its turn', async () => {
    await using own = ownModels({ limits: { ...PATIENT, children: 1, turnMs: 0 } });
    for (const tenant of ['north', 'south', 'west']) own.held.put(tenant, letIn('honest', honestGraph()));
    assert.equal((await only(own, 'north', 1)).kind, 'answered');
    assert.deepEqual([...own.models.processes.keys()], ['north']);
    const all = ['south', 'north', 'west', 'north', 'south'].map((tenant) => only(own, tenant, 1));
    for (const answer of await Promise.all(all)) assert.equal(answer.kind, 'answered');
    assert.equal(own.models.processes.size, 1);
  });

  it('give their process up when nothing was asked for a while, and all of them at the end', async () => {
    await using own = ownModels({ limits: { ...PATIENT, idleMs: 1 } });
    own.held.put('north', letIn('honest', honestGraph()));
    await own.models.warm('north');
    await until(() => own.models.processes.size === 0, 'the end of its process');
    assert.equal((await only(own, 'north', 1)).kind, 'answered');
    await using others = ownModels();
    others.held.put('north', letIn('honest', honestGraph()));
    await others.models.warm('north');
    const pid = others.models.processes.get('north') as number;
    assert.ok(runs(pid));
    await others.models.close();
    assert.ok(!runs(pid));
    assert.deepEqual(await others.models.ask('north', vectorOf(1)), []);
  });

  it('are those that the ledger tells, again after a change', async () => {
    await using own = ownModels();
    own.held.put('north', letIn('honest', honestGraph()));
    assert.equal((await only(own, 'north', 1)).version, '1');
    own.held.put('north', letIn('honest', honestGraph(), 2));
    assert.equal((await only(own, 'north', 1)).version, '1');
    const pid = own.models.processes.get('north') as number;
    own.models.changed('north');
    assert.equal((await only(own, 'north', 1)).version, '2');
    assert.ok(!runs(pid), 'the process that held the one before is no more');
    own.held.put('north');
    own.models.changed('north');
    assert.deepEqual(await own.models.ask('north', vectorOf(1)), []);
  });
});

describe('the trial of a tenant’s own model', () => {
  const trial = async (own: RunningOwnModels, graph: Uint8Array) => {
    const { entry } = letIn('tried', graph);
    return own.models.tryOut(graph, entry.sha256, entry.card);
  };

  it('tells how long it takes to load and to run', async () => {
    await using own = ownModels();
    const { loadMs, runMs } = await trial(own, honestGraph({ steps: 50 }));
    assert.ok(loadMs > 0 && runMs > 0 && runMs <= PATIENT.runMs);
    assert.equal(own.models.processes.size, 0);
  });

  it('refuses what fails, takes too much, too long, or says what are no probabilities', async () => {
    await using own = ownModels({ limits: HANGS_SOON });
    const refused = (graph: Uint8Array, message: RegExp) => assert.rejects(trial(own, graph), { code: 'INPUT_INVALID', message });
    await refused(hungryGraph(EIGHT_GB), /does not run: it wants more memory/);
    await refused(slowGraph(400, 700), /(a run of it takes [\d.]+ ms, more than 1000|took more than 1000 ms)/);
    await refused(honestGraph({ output: { says: [0.5, 0.5, 0.5] } }), /which are no probabilities/);
    await refused(withOperator('Conv'), /does not run/);
    const graph = honestGraph();
    await assert.rejects(own.models.tryOut(graph, sha256Of(new Uint8Array(1)), letIn('tried', graph).entry.card), {
      code: 'INPUT_INVALID',
      message: /its graph is another/,
    });
  });

  it('goes one after the other, and not more than so many', async () => {
    await using own = ownModels({ limits: { ...PATIENT, trials: 2 } });
    const all = [trial(own, honestGraph()), trial(own, honestGraph()), trial(own, honestGraph())];
    const outcomes = await Promise.allSettled(all);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected'],
    );
  });
});
