/**
 * The errors that every step can have: its arguments, canopy.yml, the store. Whoever is loaded by every step takes these, and the
 * flags too, whose step is the smallest: all texts together are a tenth of what it loads (docs/decisions/0008-start-up.md).
 */
import { errorsOf } from './canopy-error.ts';
import { configErrors } from './config.ts';
import { flagErrors } from './flags.ts';
import { stepErrors } from './step.ts';
import { storeErrors } from './store.ts';

export { CanopyError, failAll, isCanopyError, type Problem } from './canopy-error.ts';

const errors = errorsOf({ ...stepErrors, ...configErrors, ...storeErrors, ...flagErrors });
export const fail = errors.fail;
export const problem = errors.problem;
