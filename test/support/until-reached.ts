/** What a limit of time does at one point: on a busy machine it may run out before that, and is doubled then. */
export async function untilReached<T>(
  reached: () => boolean,
  run: (limitMs: number) => Promise<T>,
): Promise<T> {
  for (let limitMs = 200; ; limitMs *= 2) {
    const found = await run(limitMs);
    if (reached()) return found;
    if (limitMs > 20_000) throw new Error('the point was never reached');
  }
}
