/** Whether a value from outside is a count: a whole number from 0 on that loses nothing as a number. Pure. */
export const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
