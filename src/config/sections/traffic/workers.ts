/** `traffic.workers` as it is written: a number, or `auto` for one a processor. */
import * as v from 'valibot';
import { anyNumber, reading } from '../../fields/fields.ts';
import { textOf } from '../../fields/scalar.ts';
import { MOST_WORKERS } from '../../fields/workers.ts';

const wrong = `must be a number from 1 to ${MOST_WORKERS}, or auto`;

export const workers = v.union(
  [
    reading(textOf, v.literal('auto')),
    v.pipe(anyNumber(), v.integer(wrong), v.minValue(1, wrong), v.maxValue(MOST_WORKERS, wrong)),
  ],
  wrong,
);
