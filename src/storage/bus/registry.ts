/**
 * What nodes agree on: named entries, each with a number that grows with every change. Nothing is changed but by whoever names the
 * number that stands, so that of two who want the same one gets it, and the other sees that it was not him.
 *
 * Whoever looks sees entries as they came in, one change after the other for each name. A look may be old: of what it shows one can
 * only be sure by changing it.
 */

export type RegistryValue =
  | null
  | boolean
  | number
  | string
  | readonly RegistryValue[]
  | { readonly [name: string]: RegistryValue };

export interface RegistryEntry {
  readonly name: string;
  readonly value: RegistryValue;
  readonly revision: number;
}

/** `gone`: there is no entry of that name any more. */
export type RegistryChange =
  | { readonly kind: 'entry'; readonly entry: RegistryEntry }
  | { readonly kind: 'gone'; readonly name: string }
  /** What follows are all entries there are, up to `whole`: the look has begun, or was interrupted and begins again. */
  | { readonly kind: 'anew' }
  | { readonly kind: 'whole' };

export interface RegistryWatch {
  close(): void;
}

export interface Registry {
  /** Its number; undefined where there is an entry of that name already. Rejects where nobody can tell, and it may have happened. */
  create(name: string, value: RegistryValue): Promise<number | undefined>;
  /** Its new number; undefined where it has another number, or is gone. */
  replace(name: string, value: RegistryValue, revision: number): Promise<number | undefined>;
  /** False where it has another number, or is gone. */
  remove(name: string, revision: number): Promise<boolean>;
  /** All entries, and then each change as it comes. */
  watch(heard: (change: RegistryChange) => void): RegistryWatch;
}
