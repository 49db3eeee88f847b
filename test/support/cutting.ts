/** A kill between two calls of what a run works with. */
export class Cut extends Error {}

/** Ends the run before or after the call of that number, as a kill would. */
export function cutting<T extends object>(target: T, calls: { left: number }): T {
  return new Proxy(target, {
    get(object, name) {
      const value = Reflect.get(object, name) as unknown;
      if (typeof value !== 'function') return value;
      return async (...words: unknown[]): Promise<unknown> => {
        if (calls.left-- === 0) throw new Cut(`before ${String(name)}`);
        const answer = (await value.apply(object, words)) as unknown;
        if (calls.left-- === 0) throw new Cut(`after ${String(name)}`);
        return answer;
      };
    },
  });
}
