/** What a tenant lets the engine trade: its symbols, and the limits of risk that it changes most often. */
import { useRef, useState } from 'preact/hooks';
import { type ApiError, get, patch } from '../api.js';
import type { Told } from '../answers.js';
import { useCell } from '../cell.js';
import { Heading, Panel } from '../parts/panel.js';
import { CodeField, showCode, useCodeWanted } from '../parts/second-factor.js';
import { Shown } from '../parts/states.js';
import { Table } from '../parts/table.js';
import { useResource } from '../resource.js';
import { can, session } from '../session.js';
import { ALLOWANCES } from './tenant.js';

type TenantView = Told<'/v1/tenants/:id'>;

interface Field {
  readonly name: string;
  readonly label: string;
  readonly help: string;
  readonly step: number;
}

const FIELDS: readonly Field[] = [
  { name: 'riskPercentMost', label: 'Most risk of a trade, %', help: 'of equity, lost at its stop', step: 0.01 },
  { name: 'openPositionsMost', label: 'Open positions, most', help: 'the user’s own among them', step: 1 },
  { name: 'dailyLossMostPercent', label: 'Loss of a day, most, %', help: 'of the balance it began with', step: 0.1 },
  { name: 'weeklyLossMostPercent', label: 'Loss of a week, most, %', help: 'from Monday on', step: 0.1 },
  {
    name: 'drawdownHalvesPercent',
    label: 'Drawdown that halves sizes, %',
    help: 'from the highest equity',
    step: 0.1,
  },
  { name: 'drawdownStopsPercent', label: 'Drawdown that stops, %', help: 'no trade is opened beyond it', step: 0.1 },
];

/** Empty is no limit, where a setting takes that; what was not shown is kept as it was set. */
function changeOf(form: FormData, { tenant }: TenantView, symbols: readonly string[]): object {
  const numbers = FIELDS.map(({ name }) => [name, form.get(name) === '' ? null : Number(form.get(name))] as const);
  const risk = {
    ...(tenant.trading.risk as object | undefined),
    ...Object.fromEntries(numbers),
    directions: form.get('directions'),
  };
  return { symbols, trading: { ...tenant.trading, risk } };
}

function useSaving(view: TenantView, symbols: readonly string[], done: () => void) {
  const { wanted, want } = useCodeWanted(true);
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<ApiError | 'saved'>();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    try {
      if (wanted) await showCode(form);
      await patch(`/v1/tenants/${view.tenant.id}`, { ...changeOf(form, view, symbols), reason: String(form.get('reason')) });
      setSaid('saved');
      done();
    } catch (failure) {
      const problem = failure as ApiError;
      setSaid(problem);
      if (problem.code === 'SECOND_FACTOR') want();
    }
    setBusy(false);
  };
  return { busy, said, submit, wanted };
}

/** A tenant is shown the symbols that it follows: another one it names. */
function MoreSymbols({ add }: { readonly add: (symbol: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const take = (): void => {
    const symbol = field.current?.value.trim().toUpperCase() ?? '';
    if (symbol !== '') add(symbol);
    if (field.current) field.current.value = '';
  };
  return (
    <div class="tools">
      <label>
        <span class="hidden">Another symbol</span>
        <input ref={field} placeholder="Another symbol" maxLength={32} />
      </label>
      <button type="button" class="button" onClick={take}>
        Add symbol
      </button>
    </div>
  );
}

function Form({ view, all, done }: { readonly view: TenantView; readonly all: readonly string[]; readonly done: () => void }) {
  const { tenant } = view;
  const [symbols, setSymbols] = useState<readonly string[]>(tenant.symbols);
  const { busy, said, submit, wanted } = useSaving(view, symbols, done);
  const { risk } = view.settings;
  const shown = [...new Set([...tenant.symbols, ...all, ...symbols])].sort();
  const disabled = !can('tenants.act');
  return (
    <form class="form settings" onSubmit={(event) => void submit(event)}>
      <fieldset disabled={disabled}>
        <legend>Symbols it follows</legend>
        <div class="checks">
          {shown.map((symbol) => (
            <label key={symbol}>
              <input
                type="checkbox"
                checked={symbols.includes(symbol)}
                onChange={({ currentTarget: { checked } }) =>
                  setSymbols((before) => (checked ? [...before, symbol] : before.filter((one) => one !== symbol)))
                }
              />
              {symbol}
            </label>
          ))}
        </div>
        {!disabled && <MoreSymbols add={(symbol) => setSymbols((before) => [...new Set([...before, symbol])])} />}
      </fieldset>
      <fieldset class="form-pair" disabled={disabled}>
        {FIELDS.map(({ name, label, help, step }) => (
          <label key={name} class="field">
            <span>{label}</span>
            <input name={name} type="number" min={0} step={step} defaultValue={String(risk[name] ?? '')} />
            <small>{help}</small>
          </label>
        ))}
        <label class="field">
          <span>Directions</span>
          <select name="directions" defaultValue={String(risk.directions ?? 'both')}>
            <option value="both">Both</option>
            <option value="long-only">Long only</option>
            <option value="short-only">Short only</option>
            <option value="close-only">Close only: no new trade</option>
          </select>
          <small>of new trades</small>
        </label>
      </fieldset>
      {!disabled && (
        <fieldset class="form-pair">
          <label class="field">
            <span>Reason</span>
            <input name="reason" maxLength={200} required />
            <small>kept in the audit log</small>
          </label>
          {wanted && <CodeField />}
        </fieldset>
      )}
      <div role="status">
        {said === 'saved' && <p class="form-done">Saved. It holds from the next decision on.</p>}
        {said instanceof Error && <p class="form-error">{said.message}.</p>}
      </div>
      {disabled ? (
        <p class="note">Your role may look and change nothing; ask an admin of your tenant.</p>
      ) : (
        <div>
          <button type="submit" class="button primary" disabled={busy}>
            {busy ? 'One moment…' : 'Save'}
          </button>
        </div>
      )}
    </form>
  );
}

export function OwnSettings() {
  const { me } = useCell(session);
  const id = me?.tenantId ?? '';
  const view = useResource(`tenant ${id}`, () => get('/v1/tenants/:id', { id }));
  const symbols = useResource('symbols', () => get('/v1/symbols'));
  return (
    <div class="view">
      <Heading title="Risk and symbols" note="They hold for every account; an account’s own settings lie over them." />
      <Panel title="Settings">
        <Shown of={view} rows={10}>
          {(value) => <Form view={value} all={symbols.value?.rows.map(({ symbol }) => symbol) ?? []} done={view.refresh} />}
        </Shown>
      </Panel>
      <Panel title="What the tier leaves" flush>
        <Shown of={view}>
          {({ allowances }) => <Table label="Allowances" columns={ALLOWANCES} rows={allowances} keyOf={({ what }) => what} />}
        </Shown>
      </Panel>
    </div>
  );
}
