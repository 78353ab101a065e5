import { CanopyError } from '../../src/errors.ts';

/** The catalogue error that a promise is rejected with; anything else fails the test. */
export async function thrown(promise: Promise<unknown>): Promise<CanopyError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof CanopyError) return error;
    throw error;
  }
  throw new Error('it was not rejected');
}
