/** What stands in the router's file on disk. Pure. */
import type { parseState, TrafficState } from '../../traffic/index.ts';
import { toText } from '../../traffic/index.ts';

export interface Remembered {
  readonly state: TrafficState;
  /** Instances that were healthy. */
  readonly healthy: readonly string[];
}

type Parsed =
  { readonly ok: true; readonly value: Remembered } | { readonly ok: false; readonly reason: string };

export const rememberedText = (state: TrafficState, healthy: readonly string[]): string =>
  `${JSON.stringify({ format: 1, state: JSON.parse(toText(state)) as unknown, healthy: [...healthy].sort() })}\n`;

export function parseRemembered(text: string, parse: typeof parseState): Parsed {
  let it: unknown;
  try {
    it = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'it is not JSON' };
  }
  if (typeof it !== 'object' || it === null || !('format' in it) || it.format !== 1) {
    return { ok: false, reason: 'it is of no known format' };
  }
  const state = parse(JSON.stringify('state' in it ? it.state : null));
  if (!state.ok) return state;
  const healthy =
    'healthy' in it && Array.isArray(it.healthy) ? it.healthy.filter((one) => typeof one === 'string') : [];
  return { ok: true, value: { state: state.value, healthy } };
}
