import { assert } from '../../src/runtime/assert.js';

/** A page's text with each `{{name}}` put in its place. */
export function filled(template: string, parts: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_all, name: string) => {
    const part = parts[name];
    assert(part !== undefined, `the page asks for ${name}, which nobody writes`);
    return part;
  });
}
