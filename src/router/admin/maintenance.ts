/** What is asked of PUT /maintenance. Pure. */
import { toLine } from '../../shared/text/line.ts';

export interface Maintenance {
  readonly on: boolean;
  /** One line. */
  readonly reason: string;
}

/** Null: it is neither on nor off, or the reason is no text. */
export function maintenanceOf(given: Readonly<Record<string, unknown>>): Maintenance | null {
  const { on, reason = 'no reason given' } = given;
  if (typeof on !== 'boolean' || typeof reason !== 'string') return null;
  return { on, reason: toLine(reason, 500) };
}
