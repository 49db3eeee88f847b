import { GLYPH_WIDTH, glyphOf } from './bitmap-font.js';

export type Colour = readonly [red: number, green: number, blue: number];

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface TextOptions {
  /** Dots per dot of the font. */
  readonly size?: number;
  readonly align?: 'left' | 'middle' | 'right';
  /** From the bottom to the top. */
  readonly upward?: boolean;
  readonly bold?: boolean;
}

/** Of a character and the gap behind it. */
const ADVANCE = GLYPH_WIDTH + 1;

/** A picture of three bytes a dot; lines and discs are smooth at their edges. */
export class Canvas {
  readonly pixels: Uint8Array;

  constructor(
    readonly width: number,
    readonly height: number,
    background: Colour,
  ) {
    this.pixels = new Uint8Array(width * height * 3);
    for (let at = 0; at < width * height; at++) this.pixels.set(background, 3 * at);
  }

  /** Mixes the colour over what is there, by a share of 0 to 1. */
  dot(x: number, y: number, colour: Colour, share = 1): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height || share <= 0) return;
    const at = 3 * (y * this.width + x);
    for (const [part, value] of colour.entries()) {
      const before = this.pixels[at + part] as number;
      this.pixels[at + part] = Math.round(before + (value - before) * Math.min(1, share));
    }
  }

  rectangle({ x, y }: Point, width: number, height: number, colour: Colour, share = 1): void {
    const [right, bottom] = [Math.round(x + width), Math.round(y + height)];
    for (let row = Math.round(y); row < bottom; row++)
      for (let column = Math.round(x); column < right; column++) this.dot(column, row, colour, share);
  }

  line(from: Point, to: Point, colour: Colour, thickness = 1, share = 1): void {
    const reach = thickness / 2 + 1;
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const length2 = dx * dx + dy * dy || 1;
    this.#around(from, to, reach, (x, y) => {
      const along = Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / length2));
      const away = Math.hypot(x - from.x - along * dx, y - from.y - along * dy);
      this.dot(x, y, colour, share * Math.min(1, Math.max(0, thickness / 2 + 0.5 - away)));
    });
  }

  dashed(from: Point, to: Point, colour: Colour, thickness = 1, dash = 6): void {
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const at = (far: number): Point => ({
      x: from.x + ((to.x - from.x) * Math.min(far, length)) / length,
      y: from.y + ((to.y - from.y) * Math.min(far, length)) / length,
    });
    for (let far = 0; far < length; far += 2 * dash) this.line(at(far), at(far + dash), colour, thickness);
  }

  disc(centre: Point, radius: number, colour: Colour): void {
    this.#around(centre, centre, radius + 1, (x, y) => {
      const away = Math.hypot(x - centre.x, y - centre.y);
      this.dot(x, y, colour, Math.min(1, Math.max(0, radius + 0.5 - away)));
    });
  }

  /** Its top left, middle or right stands at the point; written upward, its beginning stands at the bottom. */
  text(at: Point, words: string, colour: Colour, options: TextOptions = {}): void {
    if (options.bold) this.text({ x: at.x + 1, y: at.y }, words, colour, { ...options, bold: false });
    const { size = 2, align = 'left', upward = false } = options;
    const long = textWidth(words, size);
    const shift = align === 'left' ? 0 : align === 'middle' ? long / 2 : long;
    const [x, y] = upward ? [Math.round(at.x), Math.round(at.y + shift)] : [Math.round(at.x - shift), Math.round(at.y)];
    for (const [place, character] of [...words].entries()) {
      for (const [row, bits] of glyphOf(character).entries()) {
        for (let column = 0; column < GLYPH_WIDTH; column++) {
          if (((bits >> (GLYPH_WIDTH - 1 - column)) & 1) === 0) continue;
          const [along, down] = [(place * ADVANCE + column) * size, row * size];
          for (let a = 0; a < size; a++)
            for (let d = 0; d < size; d++) {
              if (upward) this.dot(x + down + d, y - along - a, colour);
              else this.dot(x + along + a, y + down + d, colour);
            }
        }
      }
    }
  }

  #around(from: Point, to: Point, reach: number, at: (x: number, y: number) => void): void {
    const [left, right] = [Math.floor(Math.min(from.x, to.x) - reach), Math.ceil(Math.max(from.x, to.x) + reach)];
    const [top, bottom] = [Math.floor(Math.min(from.y, to.y) - reach), Math.ceil(Math.max(from.y, to.y) + reach)];
    for (let y = top; y <= bottom; y++) for (let x = left; x <= right; x++) at(x, y);
  }
}

export function textWidth(words: string, size: number): number {
  return ([...words].length * ADVANCE - 1) * size;
}
