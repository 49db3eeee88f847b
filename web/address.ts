/** Of an address the words that stand in it, by the names behind its colons; what is left is asked as its query. */
export type Words = Readonly<Record<string, string | number | boolean | undefined>>;

export function addressOf(address: string, words: Words = {}): string {
  const left = new Map(Object.entries(words).filter(([, word]) => word !== undefined && word !== ''));
  const path = address.replace(/:(\w+)/g, (_, name: string) => {
    const word = left.get(name);
    left.delete(name);
    return encodeURIComponent(String(word));
  });
  const query = new URLSearchParams([...left].map(([name, word]) => [name, String(word)]));
  return left.size === 0 ? path : `${path}?${query}`;
}
