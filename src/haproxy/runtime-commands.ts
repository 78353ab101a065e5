/** Commands of HAProxy's runtime API as data, and the one place that makes text of them. Pure. */

/** One command, word by word. */
export type RuntimeCommand = readonly string[];

export type AdminState = 'ready' | 'drain' | 'maint';

export const showLevel: RuntimeCommand = ['show', 'cli', 'level'];
export const showInfo: RuntimeCommand = ['show', 'info'];
/** Servers and the backend itself. */
export const showStat = (backend: string): RuntimeCommand => ['show', 'stat', backend, '6', '-1'];
export const showServersState = (backend: string): RuntimeCommand => ['show', 'servers', 'state', backend];

/** One server in its backend. */
export interface ServerAddress {
  readonly backend: string;
  readonly server: string;
}

export const setState = (at: ServerAddress, state: AdminState): RuntimeCommand => [
  'set',
  'server',
  path(at),
  'state',
  state,
];
/** 0 to 256, whatever the configuration says. */
export const setWeight = (at: ServerAddress, weight: number): RuntimeCommand => [
  ...['set', 'server', path(at), 'weight'],
  String(weight),
];
/** What the checks are to have found: they go on from there. */
export const setHealth = (at: ServerAddress, health: 'up' | 'stopping' | 'down'): RuntimeCommand => [
  ...['set', 'server', path(at), 'health'],
  health,
];

const path = ({ backend, server }: ServerAddress): string => `${backend}/${server}`;

/** One request, answered in order. Throws TypeError for a word that would not arrive as one. */
export function toRequest(lines: readonly RuntimeCommand[]): string {
  const odd = lines.flat().find((word) => !/^[A-Za-z0-9_.:/%-]+$/.test(word));
  if (odd !== undefined) throw new TypeError(`no word of HAProxy's runtime API: ${JSON.stringify(odd)}`);
  return `${lines.map((line) => line.join(' ')).join(';')}\n`;
}

/** Requests of at most so many commands: HAProxy reads one into a buffer of 16 kB. */
export function inParts(lines: readonly RuntimeCommand[], most = 60): readonly (readonly RuntimeCommand[])[] {
  const parts = Math.ceil(lines.length / most);
  return Array.from({ length: parts }, (_, at) => lines.slice(at * most, (at + 1) * most));
}
