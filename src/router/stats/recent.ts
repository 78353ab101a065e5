/** Samples of what only grows, kept so that what was counted lately can be told. Pure. */
interface Sampled {
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Samples that still count: those of the window, and the one before it to measure from. */
export function keptSamples<S extends Sampled>(samples: readonly S[], now: number, windowMs: number): S[] {
  const firstInside = samples.findIndex((sample) => sample.at >= now - windowMs);
  return firstInside <= 0 ? [...samples] : samples.slice(firstInside - 1);
}

/** The samples that still count, with the latest when it is time for one: they are at least `gapMs` apart. */
export function spacedSamples<S extends Sampled>(
  samples: readonly S[],
  latest: S,
  { gapMs, windowMs }: { readonly gapMs: number; readonly windowMs: number },
): readonly S[] {
  const before = samples.at(-1);
  // A clock that was set back: what was measured by the other one says nothing.
  if (before === undefined || before.at > latest.at) return [latest];
  const all = latest.at - before.at >= gapMs ? [...samples, latest] : samples;
  return keptSamples(all, latest.at, windowMs);
}
