/** Exit codes of the contract that an error can have. */
export type Exit = 1 | 2 | 3 | 4 | 5;

export interface CatalogueEntry<Facts> {
  readonly exit: Exit;
  message(facts: Facts): string;
  hint(facts: Facts): string;
  /** Whether the same call may succeed when it is made again. */
  readonly recoverable: boolean;
}

/**
 * One entry: a lower-case sentence with the offending value, and what to do next. Only templates, no logic: the
 * documentation is made by filling in the names of the facts.
 */
export function entry<Facts>(
  exit: Exit,
  message: (facts: Facts) => string,
  hint: (facts: Facts) => string,
  recoverable = false,
): CatalogueEntry<Facts> {
  return { exit, message, hint, recoverable };
}
