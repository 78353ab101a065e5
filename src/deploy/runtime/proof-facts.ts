/**
 * What a server said of a service and of who listens, read from the lines of commands/service/proof.ts and commands/docker/proof.ts.
 * Nothing in it is trusted further than its form. Pure.
 */
import { isReleaseId } from '../../artifact/id.ts';

export interface Listener {
  readonly inode: string;
  /** Of who opened the socket. */
  readonly uid: number;
  /** `127.0.0.1`, `[::1]`; `*` stands for all addresses. */
  readonly address: string;
  readonly family: 4 | 6;
}

export interface ServerProcess {
  readonly parent: number;
  readonly uids: readonly number[];
  /** It belongs to the unit, or the container. */
  readonly own: boolean;
  /** Which files it has open may be read. */
  readonly open: boolean;
  /** It listens, and not at the port that is asked. */
  readonly elsewhere: boolean;
  /** Releases that its working folder and its program lie in; `.` is what `current` leads to, whatever that is. */
  readonly releases: readonly string[];
  readonly name: string;
}

export interface ProofFacts {
  /** Of the unit or the container, as its manager tells it. */
  readonly state: Readonly<Record<string, string>>;
  /** The user whose processes the service starts with; null: not known. */
  readonly owner: number | null;
  /** Ports that systemd listens at for the unit. */
  readonly activated: readonly number[];
  /** Ports of the server that lead into the container, and at which of its addresses. */
  readonly published: readonly {
    readonly port: number;
    readonly address: string;
    readonly family: 4 | 6;
  }[];
  /** Addresses of the container itself. */
  readonly inner: ReadonlySet<string>;
  /** Addresses of the server. */
  readonly addresses: ReadonlySet<string>;
  /** What the name that is asked means on the server; empty: nothing, or an address was asked. */
  readonly resolved: readonly string[];
  /** Sockets that listened before the service was stopped, by their inode and by `user@port`; null: nobody noted them. */
  readonly before: ReadonlySet<string> | null;
  /** Who listens at the port that is asked. */
  readonly listeners: readonly Listener[];
  /** Processes that hold each of these sockets, as far as that may be read. */
  readonly holders: ReadonlyMap<string, readonly number[]>;
  readonly processes: ReadonlyMap<number, ServerProcess>;
}

/** Null when the answer is cut or not ours. */
export function readProof(text: string): ProofFacts | null {
  const lines = linesOf(text);
  const all = (word: string): string[] => lines.filter(([key]) => key === word).map(([, value]) => value);
  if (all('end')[0] !== 'proof') return null;
  const holders = new Map<string, number[]>();
  for (const [inode = '', pid = ''] of all('holder').map(words))
    holders.set(inode, [...(holders.get(inode) ?? []), Number(pid)]);
  const [owner = ''] = all('owner');
  return {
    state: stateOf(lines),
    owner: /^\d+$/.test(owner) ? Number(owner) : null,
    activated: activatedBy(all('socket')),
    published: all('published').flatMap(publishedOf),
    inner: new Set(all('inner').map(addressOf)),
    addresses: new Set(all('address').map(addressOf)),
    resolved: [...new Set(all('resolved').map(addressOf))],
    before: all('noted').length > 0 ? new Set(all('before').flatMap(words)) : null,
    listeners: all('listen').flatMap(listenerOf),
    holders,
    processes: new Map(all('process').flatMap(processOf)),
  };
}

/** Only its state: what is asked again and again. */
export const readState = (text: string): ProofFacts['state'] => stateOf(linesOf(text));

const linesOf = (text: string): (readonly [string, string])[] =>
  text.split('\n').flatMap((line) => {
    const tab = line.indexOf('\t');
    return tab < 0 ? [] : [[line.slice(0, tab), line.slice(tab + 1)] as const];
  });

const words = (line: string): string[] => line.split(' ').filter((word) => word !== '');

function stateOf(lines: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  const pairs = lines
    .filter(([key]) => key === 'unit')
    .map(([, line]) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const);
  return Object.fromEntries(pairs);
}

/** `Listen=0.0.0.0:3000 (Stream)` of each socket unit that is active: `Id=` begins one, the others come in any order. */
function activatedBy(lines: readonly string[]): number[] {
  const groups: string[][] = [];
  for (const line of lines) {
    if (line.startsWith('Id=')) groups.push([]);
    groups.at(-1)?.push(line);
  }
  return groups
    .filter((group) => group.includes('ActiveState=active'))
    .flatMap((group) =>
      group.flatMap((line) => {
        const port = /^Listen=(?:\S*:)?(\d{1,5}) \(Stream\)$/.exec(line)?.[1];
        return port === undefined ? [] : [Number(port)];
      }),
    );
}

function publishedOf(line: string): ProofFacts['published'] {
  const [port = '', ip = ''] = words(line);
  if (!/^\d{1,5}$/.test(port)) return [];
  const address = ip === '0.0.0.0' || ip === '::' ? '*' : addressOf(ip);
  return [{ port: Number(port), address, family: ip.includes(':') ? 6 : 4 }];
}

function listenerOf(line: string): Listener[] {
  const [, inode = '', uid, hex = ''] =
    /^(\d+) +(\d+) +((?:[0-9A-F]{8}|[0-9A-F]{32}))(?: |$)/.exec(line.trimStart()) ?? [];
  if (hex === '') return [];
  const bytes = inOrder(hex);
  const bare = /^0{20}ffff.{8}$/i.test(bytes) ? bytes.slice(24) : bytes;
  const family = bare.length === 8 ? 4 : 6;
  return [{ inode, uid: Number(uid), family, address: /^0+$/.test(bare) ? '*' : addressOf(bare) }];
}

/** Each word of 32 bits stands in the order of the machine. */
const inOrder = (hex: string): string =>
  hex.replace(/(..)(..)(..)(..)/g, (_, a: string, b: string, c: string, d: string) => d + c + b + a);

/** Of eight or 32 hexadecimal digits, or as it is written; one of version 6 in the form and the brackets that a URL has. */
function addressOf(text: string): string {
  if (/^[0-9A-Fa-f]{8}$/.test(text))
    return (text.match(/../g) ?? []).map((byte) => parseInt(byte, 16)).join('.');
  const six = /^[0-9A-Fa-f]{32}$/.test(text) ? (text.match(/.{4}/g) ?? []).join(':') : text;
  return /^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*$/.test(six) && URL.canParse(`http://[${six}]`)
    ? new URL(`http://[${six}]`).hostname
    : text;
}

function processOf(line: string): (readonly [number, ServerProcess])[] {
  const [pid = '', parent = '', uids = '', own = '', open = '', releases = '', ...name] = words(line);
  if (!/^\d+$/.test(pid) || !/^\d+$/.test(parent)) return [];
  const numbers = uids.split(',').filter((uid) => /^\d+$/.test(uid));
  return [
    [
      Number(pid),
      {
        parent: Number(parent),
        uids: [...new Set(numbers.map(Number))],
        own: own === 'own',
        open: open !== '-',
        elsewhere: open === 'listens',
        releases: releases.split(',').filter((id) => id === '.' || isReleaseId(id)),
        name: name.join(' ').slice(0, 40),
      },
    ],
  ];
}
