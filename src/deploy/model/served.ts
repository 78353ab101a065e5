/** The record that a server keeps of what served when: a line each time a release has passed its gate. Pure. */
import { isReleaseId } from '../../artifact/id.ts';

/** One line of `.canopy/served`. */
export interface ServedRecord {
  readonly at: number;
  /** Of the lease under which it was written: what orders the lines of several servers. */
  readonly token: number;
  /** `back`: it had served before, beneath what served until then; `on`: anything else. */
  readonly way: 'on' | 'back';
  /** Whether all instances of the environment were asked for, or some by name or tag. */
  readonly whole: boolean;
  readonly id: string;
  /** What served until then; null: nothing. */
  readonly before: string | null;
}

/** What a line says; null when it is not one of ours. */
export function readServed(line: string): ServedRecord | null {
  const [, at, token, way, scope, id = '', before = ''] = written.exec(line) ?? [];
  if (!isReleaseId(id) || (before !== '-' && !isReleaseId(before))) return null;
  return {
    at: Number(at),
    token: Number(token),
    way: way === 'back' ? 'back' : 'on',
    whole: scope === 'all',
    id,
    before: before === '-' ? null : before,
  };
}

const written = /^(\d{1,15}) (\d{1,15}) (on|back) (all|some) ([^ ]+) ([^ ]+)$/;

export const servedLine = ({ at, token, way, whole, id, before }: ServedRecord): string =>
  `${at} ${token} ${way} ${whole ? 'all' : 'some'} ${id} ${before ?? '-'}`;
