/** Work that may end with an error of the catalogue, as an answer. */
import { type CanopyError, isCanopyError } from '../../errors.ts';
import { refusal, type Reply } from '../../http-server/index.ts';

const statusOf = ({ code }: CanopyError): number => {
  if (code.endsWith('-unknown')) return 404;
  if (code.startsWith('store-')) return 503;
  return 400;
};

export async function answered(work: () => Promise<object>): Promise<Reply> {
  try {
    return { status: 200, body: await work() };
  } catch (error) {
    if (!isCanopyError(error)) throw error;
    const [first] = error.problems;
    return refusal(statusOf(error), error.code, error.message, first?.hint ?? '');
  }
}
