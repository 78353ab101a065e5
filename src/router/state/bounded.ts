/** The time is over, and what was waited for may still come. */
export class TooLate extends Error {}

/** Waits for a promise at most so long: a store that hangs must not hang the router. */
export async function bounded<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLate(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
