/** What a process for own models that is at fault is told to do, and where its entry point is: to import that would be to run it. */
export const FAULTY_OWN_MODEL = new URL('./faulty-own-model.js', import.meta.url);

export const SAYS = {
  rubbish: 1,
  endless: 2,
  unasked: 3,
  longFrame: 4,
  ends: 5,
  hangs: 6,
  environment: 7,
  twice: 8,
} as const;
