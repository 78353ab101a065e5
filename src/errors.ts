/**
 * The error catalogue: code -> message, hint, exit code. Errors are for what could not be done; a gate that says no is
 * a verdict. Each room's entries stand in errors/<room>.ts. What every step loads takes errors/common.ts, with fewer texts.
 */
import { errorsOf } from './errors/canopy-error.ts';
import { catalogue } from './errors/catalogue.ts';

export { CanopyError, failAll, hostIn, isCanopyError, type Problem } from './errors/canopy-error.ts';

const errors = errorsOf(catalogue);
export const fail = errors.fail;
export const problem = errors.problem;
