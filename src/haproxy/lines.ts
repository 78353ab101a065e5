/** Commands of HAProxy's runtime API as data, and the one place that makes text of them. Pure. */

/** One command, word by word. */
export type Line = readonly string[];

export type AdminState = 'ready' | 'drain' | 'maint';

export const showLevel: Line = ['show', 'cli', 'level'];
export const showInfo: Line = ['show', 'info'];
/** Servers and the backend itself. */
export const showStat = (backend: string): Line => ['show', 'stat', backend, '6', '-1'];
export const showServersState = (backend: string): Line => ['show', 'servers', 'state', backend];

/** One server in its backend. */
export interface At {
  readonly backend: string;
  readonly server: string;
}

export const setState = (at: At, state: AdminState): Line => ['set', 'server', path(at), 'state', state];
/** 0 to 256, whatever the configuration says. */
export const setWeight = (at: At, weight: number): Line => [
  ...['set', 'server', path(at), 'weight'],
  String(weight),
];
/** What the checks are to have found: they go on from there. */
export const setHealth = (at: At, health: 'up' | 'stopping' | 'down'): Line => [
  ...['set', 'server', path(at), 'health'],
  health,
];
export const clearCounters: Line = ['clear', 'counters', 'all'];

const path = ({ backend, server }: At): string => `${backend}/${server}`;

/** One request, answered in order. Throws TypeError for a word that would not arrive as one. */
export function toRequest(lines: readonly Line[]): string {
  const odd = lines.flat().find((word) => !/^[A-Za-z0-9_.:/%-]+$/.test(word));
  if (odd !== undefined) throw new TypeError(`no word of HAProxy's runtime API: ${JSON.stringify(odd)}`);
  return `${lines.map((line) => line.join(' ')).join(';')}\n`;
}

/** Requests of at most so many commands: HAProxy reads one into a buffer of 16 kB. */
export function inParts(lines: readonly Line[], most = 60): readonly (readonly Line[])[] {
  const parts = Math.ceil(lines.length / most);
  return Array.from({ length: parts }, (_, at) => lines.slice(at * most, (at + 1) * most));
}
