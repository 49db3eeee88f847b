/** What a running node shows: a screen that is drawn anew on a terminal, plain lines elsewhere, NDJSON when asked. */
import type { NodeEvent } from '../admin/node-figures.js';
import type { Fleet } from '../ea-sim/fleet.js';
import type { Node } from '../main.js';
import type { AdminLink } from '../node/access.js';
import type { Clock } from '../runtime/clock.js';
import { instrumentOf } from '../market/instrument.js';

export interface LiveViewOptions {
  readonly node: Node;
  readonly clock: Clock;
  readonly output: NodeJS.WriteStream;
  readonly terminal: boolean;
  readonly json: boolean;
  readonly fleet?: Fleet;
  /** Lets whoever reads it in. */
  readonly link?: AdminLink;
  /** Of the demo. */
  readonly speed?: number;
}

const SHOWN_SYMBOLS = ['EURUSD', 'GBPUSD', 'USDJPY', 'AUDUSD', 'USDCHF', 'USDCAD', 'EURJPY', 'XAUUSD'];
const ALTERNATE_SCREEN = '\x1b[?1049h\x1b[?25l';
const NORMAL_SCREEN = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
const STYLE = new RegExp(`(${String.fromCharCode(27)}\\[\\d*m)`);
const DRAW_MS = 500;
const LINE_MS = 1_000;

function timeOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ');
}

function dim(text: string): string {
  return `\x1b[2m${text}\x1b[0m`;
}

function bold(text: string): string {
  return `\x1b[1m${text}\x1b[0m`;
}

export class LiveView {
  readonly #options: LiveViewOptions;
  #timer: NodeJS.Timeout | undefined;
  #shown: NodeEvent | undefined;
  #previous = new Map<string, number>();

  constructor(options: LiveViewOptions) {
    this.#options = options;
  }

  start(): void {
    const { terminal, output } = this.#options;
    if (terminal) output.write(ALTERNATE_SCREEN);
    else if (!this.#options.json) this.#greet();
    else if (this.#options.link !== undefined) output.write(`${JSON.stringify({ adminLink: this.#options.link })}\n`);
    const draw = (): void => (terminal ? this.#draw() : this.#options.json ? this.#figures() : this.#lines());
    this.#timer = setInterval(draw, terminal ? DRAW_MS : LINE_MS);
    draw();
  }

  stop(): void {
    clearInterval(this.#timer);
    if (this.#options.terminal) this.#options.output.write(NORMAL_SCREEN);
  }

  #greet(): void {
    for (const line of this.#addresses()) this.#options.output.write(`${line}\n`);
  }

  #addresses(): string[] {
    const { gateway, http } = this.#options.node;
    const eas = gateway.listeners.map(({ name, host, port }) => `${name}://${host}:${port}`).join('  ');
    const lines = [`EAs   ${eas}`, `HTTP  ${http?.url ?? 'off'}`];
    const link = this.#options.link;
    // Over by the machine's clock, whatever the engine's is; used or not, it stands there no longer than it may work.
    if (link !== undefined && Date.now() < link.expiresMs)
      lines.push(`Enter ${link.url}  works once, until ${timeOf(link.expiresMs)}`);
    return lines;
  }

  #figures(): void {
    const { node, clock } = this.#options;
    const { counts } = node.figures;
    this.#options.output.write(
      `${JSON.stringify({ time: new Date(clock.nowMs()).toISOString(), ...counts, latencyMs: node.figures.latencyMs() })}\n`,
    );
  }

  /** Events that have come since the last line, in the order they came. */
  #lines(): void {
    const { events } = this.#options.node.figures;
    const from = this.#shown === undefined ? 0 : events.lastIndexOf(this.#shown) + 1;
    for (const { timeMs, text } of events.slice(from)) this.#options.output.write(`${timeOf(timeMs)}  ${text}\n`);
    this.#shown = events.at(-1) ?? this.#shown;
  }

  #draw(): void {
    const { output } = this.#options;
    const rows = output.rows ?? 40;
    const columns = output.columns ?? 100;
    const head = [...this.#head(), '', ...this.#rates(), '', ...this.#state(), ''];
    const events = this.#options.node.figures.events.slice(-Math.max(3, rows - head.length - 2));
    const lines = [...head, bold('events'), ...events.map(({ timeMs, text }) => `${dim(timeOf(timeMs).slice(11))}  ${text}`)];
    output.write(
      HOME +
        lines
          .slice(0, rows - 1)
          .map((line) => cut(line, columns) + CLEAR_LINE)
          .join('\n') +
        CLEAR_BELOW,
    );
  }

  #head(): string[] {
    const { clock, speed } = this.#options;
    return [
      `${bold('Suho')}  ${timeOf(clock.nowMs())} UTC${speed === undefined ? '' : `  ${speed}× real time`}  ${dim('Ctrl-C ends it')}`,
      ...this.#addresses().map(dim),
    ];
  }

  #rates(): string[] {
    const cells = SHOWN_SYMBOLS.flatMap((symbol) => {
      const quote = this.#options.node.board.latest(symbol);
      if (quote === undefined) return [];
      const digits = instrumentOf(symbol)?.digits ?? 5;
      const before = this.#previous.get(symbol) ?? quote.bid;
      this.#previous.set(symbol, quote.bid);
      const arrow = quote.bid > before ? '▲' : quote.bid < before ? '▼' : ' ';
      return [`${symbol} ${quote.bid.toFixed(digits).padStart(9)} ${quote.ask.toFixed(digits).padStart(9)} ${arrow}`];
    });
    const lines = [bold('rates')];
    for (let at = 0; at < cells.length; at += 2) lines.push(cells.slice(at, at + 2).join('    '));
    return lines;
  }

  #state(): string[] {
    const { node, fleet } = this.#options;
    const { counts } = node.figures;
    const { p50, p99, p999, count } = node.figures.latencyMs();
    const eas = fleet?.totals();
    return [
      bold('signals'),
      `candles ${counts.candles}   decisions ${counts.decisions}   sent ${counts.sent}   executed ${counts.executed}   closed ${counts.closed}   rejected ${counts.rejected}   expired ${counts.expired}   refused ${counts.refused}`,
      `tick → EA socket, with the durable commit: p50 ${p50.toFixed(1)} ms   p99 ${p99.toFixed(1)} ms   p99.9 ${p999.toFixed(1)} ms   (${count})`,
      ...(eas
        ? [
            `EAs ${eas.connected}/${fleet?.terminals.length} connected   unknown ${eas.unknown}   doubled ${eas.duplicates}   reconnects ${eas.reconnects}`,
          ]
        : []),
    ];
  }
}

/** To the terminal's width, counting what is seen and not the codes between. */
function cut(line: string, columns: number): string {
  let seen = 0;
  let out = '';
  for (const piece of line.split(STYLE)) {
    if (piece.startsWith('\x1b[')) out += piece;
    else {
      out += piece.slice(0, Math.max(0, columns - seen));
      seen += piece.length;
    }
  }
  return out;
}
