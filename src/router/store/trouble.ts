/** What keeps the router from following the store, in words. Pure. */
import { isCanopyError } from '../../errors.ts';
import { TooLate } from '../../shared/time.ts';
import { stackOf } from '../../shared/text/thrown.ts';

export interface Trouble {
  /** Whether the store has answered all the same. */
  readonly up: boolean;
  readonly text: string;
}

/** The store is away, or refuses; it holds what nobody can read; or the fault is ours. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof TooLate) return { up: false, text: `the store does not answer (${error.message})` };
  if (!isCanopyError(error)) {
    const stack = stackOf(error);
    return { up: true, text: `a defect of Canopy: ${stack}` };
  }
  const said = error.problems.map(({ message, hint }) => (hint ? `${message}; ${hint}` : message)).join('; ');
  const up = !error.code.startsWith('store-') || error.code === 'store-record';
  if (error.code === 'store-unreachable') return { up, text: `the store does not answer (${error.message})` };
  return { up, text: said };
}
