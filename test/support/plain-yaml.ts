/**
 * Reads the plain part of YAML that our files are written in: maps and lists by two-space steps, scalars on one line, lists in
 * brackets as JSON has them, comments on lines of their own. Whatever else YAML has (anchors, block text, tags, tabs, a key
 * twice) is refused with its line, so that what this says of a file is what any reader of YAML would.
 */
export type Yaml = string | number | boolean | null | readonly Yaml[] | { readonly [key: string]: Yaml };

interface Line {
  readonly at: number;
  readonly indent: number;
  readonly text: string;
}

const ENTRY = /^("(?:[^"\\]|\\.)*"|[A-Za-z0-9_.$/-]+):(?: (.*))?$/;

function linesOf(text: string): Line[] {
  return text.split('\n').flatMap((raw, at) => {
    const line = raw.trimEnd();
    if (/^ *(#|$)/.test(line)) return [];
    if (/\t/.test(line) || line.startsWith('---')) throw new Error(`line ${at + 1} is not plain: ${line}`);
    const body = line.trimStart();
    return [{ at: at + 1, indent: line.length - body.length, text: body }];
  });
}

function scalar(text: string, at: number): Yaml {
  if (/^["[]/.test(text) || text === '{}') return JSON.parse(text) as Yaml;
  if (/^[&*!|>%@`'{]/.test(text) || / #|: /.test(text)) throw new Error(`line ${at} is not plain: ${text}`);
  if (text === 'true' || text === 'false') return text === 'true';
  // What some readers take for something else must be quoted.
  if (/^(null|~|yes|no|on|off)$/i.test(text)) throw new Error(`line ${at} must be quoted: ${text}`);
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

class Reader {
  readonly #lines: Line[];
  #next = 0;

  constructor(text: string) {
    this.#lines = linesOf(text);
  }

  whole(): Yaml {
    const value = this.#block(0);
    const left = this.#lines[this.#next];
    if (left !== undefined) throw new Error(`line ${left.at} stands at a wrong depth: ${left.text}`);
    return value;
  }

  #peek(indent: number): Line | undefined {
    const line = this.#lines[this.#next];
    return line?.indent === indent ? line : undefined;
  }

  #block(indent: number): Yaml {
    return /^- /.test(this.#peek(indent)?.text ?? '') ? this.#list(indent) : this.#map(indent);
  }

  #list(indent: number): Yaml {
    const items: Yaml[] = [];
    for (let line = this.#peek(indent); line?.text.startsWith('- '); line = this.#peek(indent)) {
      const text = line.text.slice(2);
      if (ENTRY.test(text)) {
        // A map whose first entry stands behind the dash.
        this.#lines[this.#next] = { at: line.at, indent: indent + 2, text };
        items.push(this.#map(indent + 2));
      } else {
        this.#next += 1;
        items.push(scalar(text, line.at));
      }
    }
    return items;
  }

  #map(indent: number): Yaml {
    const map: Record<string, Yaml> = {};
    let line = this.#peek(indent);
    if (line === undefined) throw new Error(`nothing stands at depth ${indent} before line ${this.#lines[this.#next]?.at}`);
    for (; line !== undefined; line = this.#peek(indent)) {
      const [, key, value] = ENTRY.exec(line.text) ?? [];
      if (key === undefined) throw new Error(`line ${line.at} is no entry: ${line.text}`);
      const name = key.startsWith('"') ? (JSON.parse(key) as string) : key;
      if (Object.hasOwn(map, name)) throw new Error(`line ${line.at} has ${name} for the second time`);
      this.#next += 1;
      map[name] = value === undefined ? this.#block(indent + 2) : scalar(value, line.at);
    }
    return map;
  }
}

export function plainYaml(text: string): Yaml {
  return new Reader(text).whole();
}
