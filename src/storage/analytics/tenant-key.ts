import { SuhoError } from '../../errors.js';

/**
 * A tenant, as every named query takes it. A text is not one: only `of` makes it, and only out of a well-formed id, so that a
 * query without a tenant does not compile and an id that carries SQL does not get in.
 */
export class TenantKey {
  /** Makes the type nominal: an object of the same shape is not one. */
  readonly #made = true;

  private constructor(readonly id: string) {}

  static of(id: string): TenantKey {
    if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(id)) throw new SuhoError('INPUT_INVALID', `${JSON.stringify(id)} is not a tenant’s id`);
    return new TenantKey(id);
  }

  toString(): string {
    return this.#made ? this.id : '';
  }
}
