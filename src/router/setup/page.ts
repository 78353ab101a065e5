import { readFile } from 'node:fs/promises';
import { fail } from '../../errors.ts';
import { messageOf } from '../../shared/text/thrown.ts';

/** The longest page that is kept, in bytes. */
const LONGEST = 1024 * 1024;

/** The maintenance page, read once; null when there is none. Throws `router-page`. */
export async function readPage(file: string | null): Promise<string | null> {
  if (file === null) return null;
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fail('router-page', { file, reason: messageOf(error) }, { cause: error });
  });
  if (Buffer.byteLength(text) > LONGEST)
    throw fail('router-page', { file, reason: `it is longer than ${LONGEST} bytes` });
  return text;
}
