/** Whether a service can answer at all, by what its manager says of it. Pure. */
import type { ProofFacts } from '../runtime/proof-facts.ts';

export interface ServiceName {
  readonly kind: 'unit' | 'container' | 'commands';
  /** What people call it: `shop.service`. */
  readonly name: string;
}

/** Why a service cannot answer: it has ended, or ends again and again. Null while it runs, or starts. */
export function ended({ kind, name }: ServiceName, state: ProofFacts['state']): string | null {
  if (kind === 'commands')
    return state['Running'] === 'no' ? `${name} does not run, by its status command` : null;
  return kind === 'container' ? endedContainer(name, state) : endedUnit(name, state);
}

function endedContainer(name: string, state: ProofFacts['state']): string | null {
  const { Status: status = '', ExitCode: code = '?', OOMKilled: oom = '' } = state;
  const how = `${name} has ended with code ${code}${oom === 'true' ? ', out of memory' : ''}`;
  if (status === 'restarting') return `${how} and is being restarted`;
  return status === 'exited' || status === 'dead' ? how : null;
}

/** A unit without a main process is not ended: it may have done its work, or be a daemon that has left its starter. */
function endedUnit(name: string, state: ProofFacts['state']): string | null {
  const { ActiveState: active, SubState: sub = '', ExecMainStatus: code = '?' } = state;
  switch (active) {
    case 'failed':
      return `${name} has failed: ${state['Result'] || 'no reason given'}, exit code ${code}`;
    case 'activating':
      return sub.startsWith('auto-restart')
        ? `${name} has ended with exit code ${code} and is being restarted`
        : null;
    case 'inactive':
      return isAsleep(state) ? null : `${name} has ended: it is ${active} (${sub}), exit code ${code}`;
    default:
      return null;
  }
}

/** Its socket starts it with the next connection. */
const isAsleep = (state: ProofFacts['state']): boolean =>
  state['ExecMainStatus'] === '0' && /\.socket\b/.test(state['TriggeredBy'] ?? '');
