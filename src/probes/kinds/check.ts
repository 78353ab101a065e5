/** One question to one target, and its answer. */

export interface ProbeResult {
  /** Null: nothing could be learnt about the target. */
  readonly ok: boolean | null;
  readonly latencyMs: number | null;
  /** For people: what is wrong, or what it has answered. */
  readonly why: string;
  /** Days until its certificate expires. */
  readonly days?: number | null;
  /** How far its replica, or it as a replica, is behind. */
  readonly lagMs?: number | null;
  /** How long ago it was last heard of. */
  readonly ageMs?: number | null;
}

/** Asks one target again and again. */
export interface Probe {
  /** Asks once; never two at a time. It resolves in about that time whatever happens, and never rejects. */
  check(timeoutMs: number): Promise<ProbeResult>;
  /** Drops what it has kept open. */
  close(): void;
}

export const bad = (why: string, more: Partial<ProbeResult> = {}): ProbeResult => ({
  ok: false,
  latencyMs: null,
  why,
  ...more,
});

/** Since `began`, to a tenth of a millisecond. */
export const lasted = (began: number): number => Math.round((performance.now() - began) * 10) / 10;
