/** Whose a socket is that listens where an instance is asked. Pure. */
import type { Proof } from '../model/actions.ts';
import type { ServiceName } from './ended.ts';
import type { Listener, ProofFacts, ServerProcess } from '../runtime/proof-facts.ts';

interface SocketQuestion extends ServiceName {
  readonly release: string;
  readonly port: number;
  /** A container publishes the port there. */
  readonly isPublished: boolean;
}

export interface Stranger {
  readonly foreign: string;
  /** It is not of the service. */
  readonly certain: boolean;
  /** And it stands where the service would have to. */
  readonly other: boolean;
  /** It has come after what ran before was stopped. */
  readonly isNew: boolean;
}
type SocketHolder = { readonly ours: Proof } | Stranger | { readonly unknown: string };

/** Whose a socket is; who opened it counts where nobody is seen to hold it. */
export function holderOf(listener: Listener, question: SocketQuestion, facts: ProofFacts): SocketHolder {
  const { kind, port } = question;
  const pids = facts.holders.get(listener.inode) ?? [];
  if (pids.some((pid) => isOwn(pid, facts.processes))) return { ours: 'port' };
  if (kind === 'unit' && facts.activated.includes(port) && isManagers(pids, listener, facts))
    return { ours: 'manager' };
  const seen = holderSeen(listener, pids, question, facts);
  if (kind === 'container') return strangerOf(listener, seen);
  const byFolder = seen.isLoose ? holderByFolder(pids, question, facts) : null;
  return byFolder ?? (isOwnersNew(seen) ? { ours: 'owner' } : strangerOf(listener, seen));
}

interface HolderSeen {
  readonly question: SocketQuestion;
  readonly facts: ProofFacts;
  readonly known: readonly ServerProcess[];
  /** Null: nobody has noted who listened before. */
  readonly isNew: boolean | null;
  readonly isOwners: boolean;
  readonly isLoose: boolean;
}

function holderSeen(
  listener: Listener,
  pids: readonly number[],
  question: SocketQuestion,
  facts: ProofFacts,
): HolderSeen {
  const isLoose = !isKnownBySelf(question, facts);
  return {
    ...{ question, facts, isLoose },
    // A port of a container is held by a program of its engine, which is in no cgroup of ours.
    known: pids.flatMap((pid) => facts.processes.get(pid) ?? []).filter(isNoPublisher),
    isNew: facts.before === null ? null : !facts.before.has(listener.inode),
    isOwners:
      users(question, facts).has(listener.uid) || (isLoose && heldBefore(listener, question.port, facts)),
  };
}

/** Opened by its user after what ran before was stopped, where nothing more may be read. */
const isOwnersNew = ({ isNew, isOwners, known, isLoose }: HolderSeen): boolean =>
  isNew === true && isOwners && (known.length === 0 || isLoose);

function strangerOf(
  listener: Listener,
  { question, facts, known, isNew, isOwners, isLoose }: HolderSeen,
): SocketHolder {
  const pids = facts.holders.get(listener.inode) ?? [];
  const who = whoHolds(listener, pids, known, facts);
  const stranger = (certain: boolean, foreign = who): Stranger => ({
    foreign,
    certain: certain && (!isLoose || question.isPublished),
    other: question.isPublished,
    isNew: isNew === true,
  });
  if (known.length > 0) return stranger(true);
  if (pids.length > 0) return stranger(false);
  if (isNew === true) return stranger(true);
  if (!isOwners) return stranger(isNew === false);
  // systemd keeps sockets for a unit that asked for it, over a restart.
  const isKept = Number(facts.state['NFileDescriptorStore'] ?? 0) > 0;
  if (isNew === false && !isKept && !isLoose)
    return stranger(true, `${who} since before the switch, not by what ${question.name} has started`);
  return {
    unknown: `port ${question.port} is held by ${who}, and whether it is of ${question.name} may not be read`,
  };
}

function whoHolds(
  { uid }: Listener,
  pids: readonly number[],
  known: readonly ServerProcess[],
  { processes }: ProofFacts,
): string {
  const [pid] = pids.filter((id) => known.includes(processes.get(id) as ServerProcess)).concat(pids);
  const first = processes.get(pid ?? 0);
  return first ? shown(first, pid) : `a process of the user ${uid}`;
}

/** Whether its processes can be told from others: by the cgroup of a unit that has some, or of a container in the server's network. */
export function isKnownBySelf({ kind }: ServiceName, { state, processes }: ProofFacts): boolean {
  if (kind === 'commands') return false;
  if (kind === 'container') return state['Network'] === 'host';
  return Number(state['MainPID'] ?? 0) > 0 || [...processes.values()].some(({ own }) => own);
}

/** Without them a process is known by the folder that it works in, or that what it has started works in. */
function holderByFolder(
  pids: readonly number[],
  { release }: SocketQuestion,
  { processes }: ProofFacts,
): SocketHolder | null {
  const holders = pids.flatMap((pid) => processes.get(pid) ?? []);
  const started = pids.flatMap((pid) => startedBy(pid, processes)).flatMap((pid) => processes.get(pid) ?? []);
  if ([...holders, ...started].some((one) => isOf(one, release))) return { ours: 'process' };
  const children = pids.flatMap((pid) =>
    pid <= 1 ? [] : [...processes.values()].filter(({ parent }) => parent === pid),
  );
  const [other] = [...holders, ...children].flatMap(({ releases }) => releases);
  return other === undefined
    ? null
    : { foreign: `a process of ${other}`, certain: true, other: true, isNew: false };
}

/** It works in the release, or is a program of it. */
export const isOf = ({ releases }: ServerProcess, release: string): boolean =>
  releases.includes(release) || releases.includes('.');

/** Of the unit or the container, or started by one that is: a session of its own (su) has another cgroup. */
export function isOwn(pid: number, processes: ProofFacts['processes'], depth = 0): boolean {
  const process = processes.get(pid);
  if (process === undefined || depth > 50) return false;
  return process.own || (process.parent > 1 && isOwn(process.parent, processes, depth + 1));
}

function startedBy(pid: number, processes: ProofFacts['processes']): number[] {
  const isBelow = (parent: number, depth: number): boolean =>
    parent === pid || (depth < 50 && parent > 1 && isBelow(processes.get(parent)?.parent ?? 0, depth + 1));
  // Everything comes from the first process: that says nothing.
  return pid <= 1 ? [] : [...processes].filter(([, { parent }]) => isBelow(parent, 0)).map(([id]) => id);
}

/** systemd itself holds the socket of a unit, as root or as the user whose units it runs. */
const isManagers = (pids: readonly number[], { uid }: Listener, { processes, owner }: ProofFacts): boolean =>
  pids.length === 0
    ? uid === 0 || uid === owner
    : pids.some((pid) => pid === 1 || processes.get(pid)?.name === 'systemd');

/** Programs that hold a port of the server for a container. */
const publishers = new Set([
  ...['docker-proxy', 'dockerd', 'rootlesskit', 'rootlessport', 'podman', 'conmon', 'netavark'],
  ...['slirp4netns', 'pasta', 'pasta.avx2', 'passt'],
]);
const isNoPublisher = ({ name }: ServerProcess): boolean => !publishers.has(name);

/** Nobody else is seen to hold it. */
export const isHeldByEngine = ({ inode }: Listener, { holders, processes }: ProofFacts): boolean =>
  (holders.get(inode) ?? []).flatMap((pid) => processes.get(pid) ?? []).every((one) => !isNoPublisher(one));

/** Users as whom the service, or a process of it, opens sockets. */
function users({ kind }: ServiceName, { owner, processes }: ProofFacts): ReadonlySet<number> {
  const own = [...processes.values()].filter((one) => one.own && kind !== 'commands');
  return new Set([...(owner === null ? [] : [owner]), ...own.flatMap(({ uids }) => uids)]);
}

/** The same user held the port until the switch: it is what the commands start. */
const heldBefore = ({ uid }: Listener, port: number, { before }: ProofFacts): boolean =>
  before?.has(`${uid}@${port.toString(16).toUpperCase().padStart(4, '0')}`) ?? false;

const shown = ({ name, releases, uids }: ServerProcess, pid: number | undefined): string => {
  const [release] = releases.filter((id) => id !== '.');
  return `${name || 'a process'} (pid ${pid ?? '?'}, user ${uids[1] ?? uids[0] ?? '?'}${release ? `, of ${release}` : ''})`;
};
