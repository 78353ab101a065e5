/** Watches the canary and reverts it: gathers what revert.ts decides upon. */
import type { Clock, Log } from '../../ports/ports.ts';
import type { Alert } from '../../traffic/index.ts';
import { totalOf } from '../fleet/counters.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { endOf, type AuditOutbox } from '../store/audit-outbox.ts';
import type { Counts, Siblings } from '../cluster/siblings.ts';
import { keptSamples } from '../stats/recent.ts';
import { armedAfter, decideRevert, type RevertRules, type ErrorSample } from './revert.ts';
import type { Shared } from '../store/shared-state.ts';
import { every } from '../../shared/time.ts';

const TICK_MS = 250;

interface RevertWatchSetup {
  readonly id: string;
  readonly fleet: Fleet;
  readonly shared: Shared;
  readonly rules: RevertRules;
  readonly clock: Clock;
  readonly log: Log;
  /** One process judges, on what all have counted. */
  readonly siblings: Siblings;
  readonly outbox: AuditOutbox;
  /** The canary gets nothing on this router from now on, whatever the state says; false ends that. */
  readonly hold: (held: boolean) => void;
}

export async function watchCanary(setup: RevertWatchSetup, signal: AbortSignal): Promise<void> {
  const { id, fleet, shared, rules, clock, log, outbox, siblings, hold } = setup;
  let armed = armedAfter(false, count());
  let samples: ErrorSample[] = [];
  let healthySince: number | null = null;
  let reverted: Alert | null = null;

  const look = async (): Promise<void> => {
    if (siblings.leads()) await siblings.ask();
    if (signal.aborted) return;
    const now = clock.now();
    const canary = count();
    armed = armedAfter(armed, canary);
    healthySince = canary.usable === 0 ? null : (healthySince ?? now);
    // Beginning anew after each turn: answers from before it must not count again.
    if ((shared.state.reverted === null) !== (reverted === null)) samples = [];
    reverted = shared.state.reverted;
    samples = keptSamples([...samples, sample(now)], now, rules.windowMs);
    const { relapses, resumedAt } = shared.state;
    const facts = { now, id, share: fleet.share, samples, canary, armed, reverted, healthySince };
    if (!siblings.leads()) return;
    const decision = decideRevert({ ...facts, relapses, resumedAt }, rules);
    if (decision.kind === 'revert') {
      log.warn(`canary reverted: ${decision.reason}`);
      const ended = outbox.begin('canary reverted', null, [decision.reason]);
      hold(true);
      const alert = { since: now, by: id, reason: decision.reason };
      const told = await shared.order({ kind: 'revert', alert, relapses: decision.relapses });
      hold(false);
      ended(endOf(told));
    } else if (decision.kind === 'resume') {
      log.info('the canary has been healthy again long enough: its share is back');
      const waited = `reverted: ${reverted?.reason ?? ''}; relapses: ${relapses}`;
      const ended = outbox.begin('canary put back', null, [waited]);
      ended(endOf(await shared.order({ kind: 'resume', at: now })));
    }
  };
  await every(clock, TICK_MS, look, signal, TICK_MS);

  function count(): { total: number; usable: number; drained: number } {
    const members = fleet.arm('canary');
    return {
      total: members.length,
      usable: fleet.usable('canary'),
      drained: members.filter((member) => member.drained).length,
    };
  }

  function sample(at: number): ErrorSample {
    const own = countsOf(fleet);
    const others = siblings.counts();
    return { at, answers: own.answers + others.answers, errors: own.errors + others.errors };
  }
}

/** What the canary has answered here since the start, and how often it failed: whoever asked, and however it was sent there. */
export function countsOf(fleet: Fleet): Counts {
  let answers = 0;
  let errors = 0;
  for (const member of fleet.arm('canary')) {
    const { classes, retried, broken } = totalOf(member);
    answers += classes.reduce((sum, one) => sum + one, retried);
    // As the judge counts them (stats/tally.ts).
    errors += (classes[0] ?? 0) + (classes[5] ?? 0) + retried + broken;
  }
  return { answers, errors };
}
