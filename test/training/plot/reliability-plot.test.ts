import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inflateSync } from 'node:zlib';
import { glyphOf } from '../../../src/training/plot/bitmap-font.js';
import { Canvas, textWidth } from '../../../src/training/plot/canvas.js';
import { reliabilityPlot } from '../../../src/training/plot/reliability-plot.js';
import { encodePng } from '../../../src/training/run/png.js';

/** Pixels of a PNG as its specification says, for what ours are: eight bits, three colours, no filter. */
function decodePng(bytes: Uint8Array): { readonly width: number; readonly height: number; readonly pixels: Uint8Array } {
  const view = Buffer.from(bytes);
  assert.equal(view.subarray(0, 8).toString('hex'), '89504e470d0a1a0a');
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < view.length; ) {
    const length = view.readUInt32BE(at);
    const type = view.toString('latin1', at + 4, at + 8);
    chunks.set(type, view.subarray(at + 8, at + 8 + length));
    assert.equal(view.readUInt32BE(at + 8 + length), crcBits(view.subarray(at + 4, at + 8 + length)), `the sum of ${type}`);
    at += 12 + length;
  }
  assert.deepEqual([...chunks.keys()], ['IHDR', 'IDAT', 'IEND']);
  const header = chunks.get('IHDR') as Buffer;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  assert.deepEqual([...header.subarray(8)], [8, 2, 0, 0, 0]);
  const rows = inflateSync(chunks.get('IDAT') as Buffer);
  assert.equal(rows.length, height * (1 + 3 * width));
  const pixels = new Uint8Array(3 * width * height);
  for (let row = 0; row < height; row++) {
    assert.equal(rows[row * (1 + 3 * width)], 0, 'no filter');
    pixels.set(rows.subarray(row * (1 + 3 * width) + 1, (row + 1) * (1 + 3 * width)), 3 * width * row);
  }
  return { width, height, pixels };
}

/** Bit by bit, without a table. */
function crcBits(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes)
    for (let bit = 0; bit < 8; bit++) sum = (((sum ^ (byte >> bit)) & 1) === 1 ? 0xedb88320 : 0) ^ (sum >>> 1);
  return (sum ^ 0xffffffff) >>> 0;
}

const BINS = [
  { from: 0.44, to: 0.46, rows: 400, told: 0.45, came: 0.46, low: 0.42, high: 0.5 },
  { from: 0.5, to: 0.52, rows: 900, told: 0.51, came: 0.5, low: 0.48, high: 0.52 },
  { from: 0.54, to: 0.56, rows: 5, told: 0.55, came: 1, low: 0, high: 1 },
];

describe('a plot of reliability', () => {
  it('is a PNG that reads back dot by dot', () => {
    const canvas = new Canvas(7, 5, [1, 2, 3]);
    canvas.dot(6, 4, [250, 128, 0]);
    canvas.line({ x: 0, y: 0 }, { x: 6, y: 0 }, [9, 9, 9]);
    const { width, height, pixels } = decodePng(encodePng(canvas));
    assert.deepEqual([width, height], [7, 5]);
    assert.deepEqual(pixels, canvas.pixels);
    assert.deepEqual([...pixels.subarray(-3)], [250, 128, 0]);
  });

  it('has a disc where a bin told and came, and is the same bytes for the same bins', () => {
    const plot = () => reliabilityPlot({ title: 'trees-m1@1', subtitle: 'rows', notes: ['a note'], bins: BINS });
    const canvas = plot();
    assert.deepEqual(encodePng(canvas), encodePng(plot()));
    const other = reliabilityPlot({
      title: 'trees-m1@1',
      subtitle: 'rows',
      notes: ['a note'],
      bins: BINS.map((bin, at) => (at === 1 ? { ...bin, came: 0.58, low: 0.56, high: 0.6 } : bin)),
    });
    const moved = canvas.pixels.filter((value, at) => value !== other.pixels[at]).length;
    assert.ok(moved > 100 && moved < canvas.pixels.length / 20, `${moved} of ${canvas.pixels.length}`);
  });

  it('letters that are used have glyphs of their own, and nothing is written out of the picture', () => {
    const unknown = glyphOf('☃');
    const used = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,;:-+%()/@=<>·';
    const glyphs = [...used].map((character) => glyphOf(character).join());
    assert.ok(glyphs.every((glyph) => glyph !== unknown.join()));
    assert.equal(new Set(glyphs).size, used.length);
    const canvas = new Canvas(20, 10, [255, 255, 255]);
    canvas.text({ x: 15, y: 5 }, 'far out', [0, 0, 0], { size: 3, bold: true });
    assert.ok(canvas.pixels.some((value) => value === 0));
    assert.equal(textWidth('ab', 2), 22);
  });
});
