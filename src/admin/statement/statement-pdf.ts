/** A statement as PDF: whose it is, what it came to, the curve, each trade. The same statement gives the same bytes. */
import PDFDocument from 'pdfkit';
import type { StatedTrade, Statement, Totals } from '../../accounts/statement.js';
import { brokerTime } from './statement-csv.js';

type Document = InstanceType<typeof PDFDocument>;

const MARGIN = 40;
const INK = '#1d2733';
const FAINT = '#6b7785';
const LINE = '#d5dbe2';
const CURVE = '#1f6feb';
const LOSS = '#b42318';
const ROW = 15;
const CURVE_HEIGHT = 130;

interface Column {
  readonly title: string;
  readonly width: number;
  readonly right: boolean;
  readonly of: (trade: StatedTrade) => string;
}

function column(title: string, width: number, right: boolean, of: Column['of']): Column {
  return { title, width, right, of };
}

const COLUMNS: readonly Column[] = [
  column('Closed', 88, false, ({ time }) => brokerTime(time)),
  column('Symbol', 48, false, ({ symbol }) => symbol),
  column('Side', 30, false, ({ direction }) => direction),
  column('Lots', 36, true, ({ volume }) => volume.toFixed(2)),
  column('Entry', 56, true, ({ entryPrice }) => price(entryPrice)),
  column('Exit', 56, true, ({ exitPrice }) => price(exitPrice)),
  column('Pips', 42, true, ({ pips }) => pips.toFixed(1)),
  column('Profit', 54, true, ({ profit }) => money(profit)),
  column('Costs', 48, true, ({ commission, swap }) => money(commission + swap)),
  column('Net', 57, true, ({ net }) => money(net)),
];

/** Five digits after the point at most, as many as it has. */
function price(value: number): string {
  return String(Number(value.toFixed(5)));
}

/** Zero has no sign. */
function money(value: number): string {
  const text = value.toFixed(2);
  return text === '-0.00' ? '0.00' : text;
}

/** The font has Latin letters alone. */
function latin(text: string): string {
  return text.replace(/[^\x20-\x7e\xa0-\xff]/g, '?');
}

function bottom(document: Document): number {
  return document.page.height - MARGIN - ROW;
}

function drawHead(document: Document, { account, fromMs, toMs }: Statement): void {
  document.fillColor(INK).font('Helvetica-Bold').fontSize(18).text('Statement of account', MARGIN, MARGIN);
  document.font('Helvetica').fontSize(9).fillColor(FAINT);
  const broker = [account.server ?? 'no broker yet', account.login ?? '', account.currency ?? ''].filter((part) => part !== '');
  document.text(latin(`${broker.join(' · ')} · account ${account.id}`), MARGIN, MARGIN + 26);
  document.text(`Closed from ${brokerTime(fromMs)} to before ${brokerTime(toMs)}. Times are of the broker’s clock.`);
}

function drawTotals(document: Document, totals: Totals, incomplete: number, y: number): number {
  const shown: readonly (readonly [string, string])[] = [
    ['Net', money(totals.net)],
    ['Profit', money(totals.profit)],
    ['Commission', money(totals.commission)],
    ['Swap', money(totals.swap)],
    ['Trades', String(totals.trades)],
    ['Won / lost', `${totals.wins} / ${totals.losses}`],
    ['Profit factor', totals.profitFactor === null ? '–' : totals.profitFactor.toFixed(2)],
    ['Drawdown', money(totals.drawdown)],
  ];
  const width = (document.page.width - 2 * MARGIN) / 4;
  shown.forEach(([name, value], at) => {
    const x = MARGIN + (at % 4) * width;
    const top = y + Math.floor(at / 4) * 34;
    document.font('Helvetica').fontSize(8).fillColor(FAINT).text(name, x, top, { lineBreak: false });
    document
      .font('Helvetica-Bold')
      .fontSize(12)
      .fillColor(INK)
      .text(value, x, top + 11, { lineBreak: false });
  });
  if (incomplete === 0) return y + 76;
  const note = `${incomplete} closed trades are in no sum: their deals do not show both ends.`;
  document
    .font('Helvetica')
    .fontSize(8)
    .fillColor(LOSS)
    .text(note, MARGIN, y + 70, { lineBreak: false });
  return y + 88;
}

function drawCurve(document: Document, { curve, fromMs, toMs }: Statement, y: number): number {
  const width = document.page.width - 2 * MARGIN;
  const values = [0, ...curve.map(({ net }) => net)];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const scale = CURVE_HEIGHT / (high - low || 1);
  const yOf = (net: number): number => y + CURVE_HEIGHT - (net - low) * scale;
  const xOf = (atMs: number): number => MARGIN + ((atMs - fromMs) / (toMs - fromMs)) * width;
  document.lineWidth(0.5).strokeColor(LINE);
  document
    .moveTo(MARGIN, yOf(0))
    .lineTo(MARGIN + width, yOf(0))
    .stroke();
  document.lineWidth(1.2).strokeColor(CURVE).moveTo(MARGIN, yOf(0));
  let before = 0;
  // A step at each close: in between nothing was won or lost.
  for (const { atMs, net } of curve) {
    document.lineTo(xOf(atMs), yOf(before)).lineTo(xOf(atMs), yOf(net));
    before = net;
  }
  document.lineTo(MARGIN + width, yOf(before)).stroke();
  document.font('Helvetica').fontSize(7).fillColor(FAINT);
  document.text(money(high), MARGIN, y - 9, { lineBreak: false });
  document.text(money(low), MARGIN, y + CURVE_HEIGHT + 3, { lineBreak: false });
  return y + CURVE_HEIGHT + 24;
}

function drawRow(document: Document, y: number, cells: readonly string[], bold: boolean): void {
  document.font(bold ? 'Helvetica-Bold' : 'Helvetica').fontSize(8);
  let x = MARGIN;
  COLUMNS.forEach(({ width, right }, at) => {
    const text = latin(cells[at] ?? '');
    const shift = right ? width - document.widthOfString(text) - 4 : 0;
    document.text(text, x + shift, y, { lineBreak: false });
    x += width;
  });
}

function drawTableHead(document: Document, y: number): number {
  document.fillColor(FAINT);
  drawRow(
    document,
    y,
    COLUMNS.map(({ title }) => title),
    true,
  );
  document
    .lineWidth(0.5)
    .strokeColor(LINE)
    .moveTo(MARGIN, y + 11)
    .lineTo(document.page.width - MARGIN, y + 11)
    .stroke();
  return y + ROW;
}

function drawTrades(document: Document, trades: readonly StatedTrade[], from: number): void {
  let y = drawTableHead(document, from);
  for (const trade of trades) {
    if (y > bottom(document)) {
      document.addPage();
      y = drawTableHead(document, MARGIN);
    }
    document.fillColor(trade.net < 0 ? LOSS : INK);
    drawRow(
      document,
      y,
      COLUMNS.map(({ of }) => of(trade)),
      false,
    );
    y += ROW;
  }
}

function numberPages(document: Document): void {
  const { count } = document.bufferedPageRange();
  for (let page = 0; page < count; page++) {
    document.switchToPage(page);
    const y = document.page.height - MARGIN + 8;
    document
      .font('Helvetica')
      .fontSize(7)
      .fillColor(FAINT)
      .text(`${page + 1} of ${count}`, MARGIN, y, { lineBreak: false });
  }
}

export function statementPdf(statement: Statement): Promise<Buffer> {
  const document = new PDFDocument({
    size: 'A4',
    margin: MARGIN,
    bufferPages: true,
    info: {
      Title: `Statement ${statement.account.id}`,
      Creator: 'Suho',
      Producer: 'Suho',
      CreationDate: new Date(statement.toMs),
    },
  });
  const pieces: Buffer[] = [];
  document.on('data', (piece: Buffer) => pieces.push(piece));
  const whole = new Promise<Buffer>((resolve, reject) => {
    document.on('end', () => resolve(Buffer.concat(pieces)));
    document.on('error', reject);
  });
  drawHead(document, statement);
  const belowTotals = drawTotals(document, statement.totals, statement.incomplete, MARGIN + 66);
  const belowCurve = statement.curve.length === 0 ? belowTotals : drawCurve(document, statement, belowTotals + 12);
  drawTrades(document, statement.trades, belowCurve);
  numberPages(document);
  document.end();
  return whole;
}
