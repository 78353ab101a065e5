/**
 * Whether it is our release that answers. An answer alone proves nothing: somebody else may hold the port while our service is dead.
 * The cases are test/cases/deploy/proof.json. Pure.
 */
import type { Proof } from '../model/actions.ts';
import { ended, type ServiceName } from './ended.ts';
import { holderOf, isHeldByEngine, isKnownBySelf, isOf, isOwn, type Stranger } from './holder.ts';
import type { ProofFacts } from '../runtime/proof-facts.ts';
import { reached, targetOf } from './reached.ts';

export type ProofVerdict =
  | { readonly proven: Proof }
  /** Nothing says that it is ours, and nothing says that it is not. */
  | { readonly unproven: string; readonly final: boolean }
  /** `final`: it does not become another by waiting. A service that starts may not have come to listen yet, an old one not have left. */
  | { readonly failed: string; readonly final: boolean };

export interface ProofQuestion extends ServiceName {
  readonly release: string;
  /** Canopy did not deploy it. */
  readonly foreign: boolean;
  /** What is asked: a host as a URL has it, and a port; the port is null where none is known. */
  readonly host: string;
  readonly port: number | null;
  /** It asks no more than whether the service runs. */
  readonly runs: boolean;
}

export function decideProof(question: ProofQuestion, facts: ProofFacts): ProofVerdict {
  const { kind, port } = question;
  const dead = ended(question, facts.state);
  if (dead !== null) return { failed: dead, final: kind !== 'commands' };
  if (kind === 'container' && question.foreign)
    return { unproven: 'what answers is no container of ours', final: true };
  const other = otherRelease(question, facts);
  if (other !== null) return { failed: other, final: true };
  const byItself = port === null ? null : byPort({ ...question, port }, facts);
  if (byItself !== null) return byItself;
  return byWhatRuns(question, facts);
}

/** Nobody is known to listen, or no port is: what runs is all that can be looked at. */
function byWhatRuns(question: ProofQuestion, facts: ProofFacts): ProofVerdict {
  const { kind, port, release, runs } = question;
  if (kind === 'container') return { proven: 'manager' };
  const isKnown = isKnownBySelf(question, facts);
  if ([...facts.processes.values()].some((one) => (one.own || !isKnown) && isOf(one, release)))
    return { proven: 'process' };
  if (runs && kind === 'unit') return { proven: 'manager' };
  const why =
    port === null
      ? 'no process of it that may be looked at belongs to the release'
      : `nobody on the server is seen to listen at port ${port}`;
  return { unproven: why, final: true };
}

/** The container by its label, a unit by its main process, or by all it has without one: it may have been told to run another. */
function otherRelease(
  { kind, name, release }: ProofQuestion,
  { state, processes }: ProofFacts,
): string | null {
  if (kind === 'container') {
    const { Release: told = '' } = state;
    return told === release ? null : `${name} runs ${told || 'no release of ours'}`;
  }
  if (kind === 'commands') return null;
  const main = Number(state['MainPID'] ?? 0);
  const all = [...processes].filter(([pid, { own }]) => (main > 0 ? pid === main : own));
  const placed = all.map(([, one]) => one).filter(({ releases }) => releases.length > 0);
  if (placed.length === 0 || placed.some((one) => isOf(one, release))) return null;
  const whose = main > 0 ? 'the main process' : 'every process';
  return `${whose} of ${name} belongs to ${[...new Set(placed.flatMap(({ releases }) => releases))].join(', ')}`;
}

/** Null when nobody is seen to listen there. */
function byPort(question: ProofQuestion & { readonly port: number }, facts: ProofFacts): ProofVerdict | null {
  const { port, host } = question;
  const target = targetOf(host, facts);
  const asked = reached(target, facts.listeners);
  const published = reached(
    target,
    facts.published.filter((one) => one.port === port),
  );
  const isEngines = asked.every(
    (one) => published.some(({ address }) => address === one.address) && isHeldByEngine(one, facts),
  );
  if (facts.inner.has(host) || (published.length > 0 && isEngines)) return { proven: 'manager' };
  if (asked.length === 0) return null;
  const isPublished = published.length > 0;
  const found = asked.map((listener) => holderOf(listener, { ...question, isPublished }, facts));
  const strangers = found.flatMap((one) => ('foreign' in one ? one : []));
  const [stranger] = [...strangers.filter(({ certain }) => certain), ...strangers];
  if (stranger) {
    const isMixed = found.some((one) => 'ours' in one);
    return judgeStranger(stranger, { isMixed, isHere: target.isHere === true }, question, facts);
  }
  const [first] = found;
  if (first && 'ours' in first) return { proven: first.ours };
  return { unproven: first && 'unknown' in first ? first.unknown : '', final: true };
}

/** Whoever stands there may pass on to the service, when that listens somewhere: it is failed where that cannot be. */
function judgeStranger(
  { foreign, certain, other, isNew }: Stranger,
  { isMixed, isHere }: { readonly isMixed: boolean; readonly isHere: boolean },
  question: ProofQuestion & { readonly port: number },
  facts: ProofFacts,
): ProofVerdict {
  const says = `port ${question.port} is held by ${foreign}`;
  if (certain && isHere && (isMixed || other || listensNowhere(question, facts)))
    return { failed: isMixed ? `${says} as well` : says, final: false };
  const isLoose = !isKnownBySelf(question, facts);
  return { unproven: says, final: !isHere || listensElsewhere(question, facts) || (isLoose && isNew) };
}

/** That nothing of the service can be behind who answers: all of its processes may be looked at, and none of them listens. */
function listensNowhere(question: ProofQuestion, facts: ProofFacts): boolean {
  const { state, processes } = facts;
  const own = [...processes].filter(([pid]) => isOwn(pid, processes));
  const main = Number(state['MainPID'] ?? 0);
  const isSeen = main === 0 ? own.length > 0 : processes.has(main);
  return isKnownBySelf(question, facts) && isSeen && own.every(([, one]) => one.open && !one.elsewhere);
}

function listensElsewhere(question: ProofQuestion, facts: ProofFacts): boolean {
  const { processes } = facts;
  const isKnown = isKnownBySelf(question, facts);
  return [...processes].some(
    ([pid, one]) => one.elsewhere && (isKnown ? isOwn(pid, processes) : isOf(one, question.release)),
  );
}
