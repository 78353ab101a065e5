/** What HAProxy's runtime API answers, read like a stranger's input. Pure. */
import type { AdminState } from './runtime-commands.ts';

/** One HAProxy as it stands. */
export interface HaproxyState {
  /** user, operator or admin: what the socket allows. */
  readonly level: string;
  readonly version: string;
  /** Of the process: another one has counters of its own. */
  readonly pid: number;
  readonly uptimeS: number;
  /** roundrobin, leastconn, …; null: not told. */
  readonly algorithm: string | null;
  readonly servers: Readonly<Record<string, ServerState>>;
}

export interface ServerState {
  readonly state: AdminState;
  /** 0 to 256, as it was set, whatever a slow start makes of it. */
  readonly weight: number;
  /** As haproxy.cfg says. */
  readonly configured: number;
  /** Takes requests as far as its health goes. */
  readonly up: boolean;
  /** Whether HAProxy asks it by itself. */
  readonly checked: boolean;
  /** Requests under way there, and those that wait for it. */
  readonly sessions: number;
  /** Requests in the last second. */
  readonly rate: number;
  readonly counters: ServerCounters;
}

/** Since the process has started. */
export interface ServerCounters {
  readonly requests: number;
  /** Answers by their first digit. */
  readonly answers: Readonly<Record<'1xx' | '2xx' | '3xx' | '4xx' | '5xx' | 'other', number>>;
  /** Connections that did not come about. */
  readonly unconnected: number;
  /** Requests without a whole answer. */
  readonly unanswered: number;
  /** Mean time to the head of the answer over the last 1024 requests; milliseconds. */
  readonly answerMs: number;
}

type ParsedReading =
  | { readonly ok: true; readonly stand: HaproxyState }
  | { readonly ok: false; readonly kind: 'backend' | 'odd'; readonly reason: string };

/** The answer to show cli level, show info, show stat and show servers state, asked in this order. */
export function parseHaproxyState(text: string): ParsedReading {
  const [level = '', info = '', stat = '', servers = ''] = blocks(text);
  if (/^(No such proxy|Can't find backend)/m.test(stat) || /^Can't find backend/m.test(servers))
    return { ok: false, kind: 'backend', reason: 'there is no such backend' };
  const facts = factsOf(info);
  const version = facts.get('Version');
  const rows = tableOf(stat);
  const states = statesOf(servers);
  if (version === undefined || rows === null || states === null)
    return { ok: false, kind: 'odd', reason: firstLine(text) };
  const found = rows.flatMap((row): [string, ServerState][] => {
    const name = row.get('svname') ?? '';
    const state = states.get(name);
    return row.get('type') === '2' && state !== undefined ? [[name, serverOf(row, state)]] : [];
  });
  const algorithm = rows.find((row) => row.get('type') === '1')?.get('algo') || null;
  return {
    ok: true,
    stand: {
      level: level.trim(),
      version,
      pid: count(facts.get('Pid')),
      uptimeS: count(facts.get('Uptime_sec')),
      algorithm,
      servers: Object.fromEntries(found),
    },
  };
}

/** What HAProxy complains about in its answer to commands that say nothing when they are done; null: nothing. */
export function complaint(text: string): string | null {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.length === 0 ? null : [...new Set(lines)].join('; ').slice(0, 300);
}

/** Each answer ends with an empty line. */
const blocks = (text: string): string[] => text.replace(/^\n+/, '').split(/\n\n+/);

const factsOf = (info: string): Map<string, string> =>
  new Map(
    info.split('\n').map((line) => [line.split(':')[0] ?? '', line.slice(line.indexOf(':') + 1).trim()]),
  );

/** Rows of a CSV with its names in the first line; null: it is none. */
function tableOf(text: string): Map<string, string>[] | null {
  const [head = '', ...rows] = text.split('\n').filter((line) => line !== '');
  if (!head.startsWith('# ')) return null;
  const names = head.slice(2).split(',');
  return rows.map((row) => new Map(cells(row).map((cell, at) => [names[at] ?? '', cell])));
}

/** A cell with a comma or a quote in it stands in quotes. */
function cells(row: string): string[] {
  const found = row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...found].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}

interface ServerStateRow {
  readonly operational: number;
  readonly admin: number;
  readonly weight: number;
  readonly configured: number;
  readonly check: number;
}

/** The states by the server; null: it is no such table. The first line is the version of the format. */
function statesOf(text: string): Map<string, ServerStateRow> | null {
  const [version, head = '', ...rows] = text.split('\n').filter((line) => line !== '');
  if (version !== '1' || !head.startsWith('# ')) return null;
  const names = head.slice(2).split(' ');
  return new Map(
    rows.map((row) => {
      const words = row.split(' ');
      const at = (name: string): string | undefined => words[names.indexOf(name)];
      const kept = {
        operational: count(at('srv_op_state')),
        admin: count(at('srv_admin_state')),
        weight: count(at('srv_uweight')),
        configured: count(at('srv_iweight')),
        check: count(at('srv_check_state')),
      };
      return [at('srv_name') ?? '', kept];
    }),
  );
}

/** Maintenance that was asked for, that another server hands on, and that a name without address brings. */
const maint = 0x01 | 0x02 | 0x20 | 0x40;
const drain = 0x08 | 0x10;
const checkEnabled = 0x04;

function serverOf(row: ReadonlyMap<string, string>, kept: ServerStateRow): ServerState {
  const number = (name: string): number => count(row.get(name));
  return {
    state: (kept.admin & maint) !== 0 ? 'maint' : (kept.admin & drain) !== 0 ? 'drain' : 'ready',
    weight: kept.weight,
    configured: kept.configured,
    // 0 is stopped, 1 starting, 2 running, 3 stopping.
    up: kept.operational === 1 || kept.operational === 2,
    checked: (kept.check & checkEnabled) !== 0,
    sessions: number('scur') + number('qcur'),
    rate: number('rate'),
    counters: {
      requests: number('stot'),
      answers: {
        '1xx': number('hrsp_1xx'),
        '2xx': number('hrsp_2xx'),
        '3xx': number('hrsp_3xx'),
        '4xx': number('hrsp_4xx'),
        '5xx': number('hrsp_5xx'),
        other: number('hrsp_other'),
      },
      unconnected: number('econ'),
      unanswered: number('eresp'),
      answerMs: number('rtime'),
    },
  };
}

function count(text: string | undefined): number {
  const value = Number(text);
  return text !== undefined && text !== '' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

const firstLine = (text: string): string => (text.trim().split('\n')[0] ?? '').slice(0, 200) || 'nothing';
