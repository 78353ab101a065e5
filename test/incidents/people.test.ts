import { expect } from 'chai';
import type { Delivery } from '../../src/incidents/index.ts';
import { peopleOf, type Reachable } from '../../src/incidents/people.ts';

const ann: Reachable = {
  phone: '+4917',
  mail: 'ann@example.org',
  quiet: { from: 22 * 60, to: 7 * 60, zone: 'Europe/Berlin' },
  budget: { count: 2, perMs: 3_600_000 },
};
const at = (text: string): number => Date.parse(text);
const sent = (by: string, time: string, outcome: Delivery['outcome'] = 'accepted'): Delivery => ({
  key: 'k',
  to: 'ann',
  by,
  level: 1,
  at: at(time),
  outcome,
  providerId: null,
  why: null,
});
const of = (told: Delivery[] = [], person = ann) => peopleOf({ ann: person }, told, ['call', 'sms', 'mail']);

describe('whom one may tell, and when', () => {
  const quiet: readonly (readonly [string, string | null, string])[] = [
    ['2026-01-05T20:59:00Z', null, 'one minute before ten in Berlin, in winter'],
    ['2026-01-05T21:00:00Z', '2026-01-06T06:00:00Z', 'at ten'],
    ['2026-01-06T02:30:20Z', '2026-01-06T06:00:00Z', 'in the night, on a second'],
    ['2026-01-06T06:00:00Z', null, 'at seven'],
    ['2026-07-05T20:00:00Z', '2026-07-06T05:00:00Z', 'in summer an hour earlier'],
  ];
  for (const [now, until, what] of quiet)
    it(`quiet hours: ${what}`, () => {
      const held = of().held('ann', 'sms', 'warning', at(now));
      expect(held).to.deep.equal(until === null ? null : { why: 'quiet', by: 'mail', at: at(until) });
      expect(of().held('ann', 'sms', 'critical', at(now)), 'critical breaks it').to.equal(null);
    });
  it('a budget counts calls and SMS of the time, and mail goes on', () => {
    const now = at('2026-01-05T12:00:00Z');
    const two = [sent('sms', '2026-01-05T11:30:00Z'), sent('call', '2026-01-05T11:50:00Z')];
    expect(of(two).held('ann', 'sms', 'warning', now)).to.deep.equal({ why: 'budget', by: 'mail', at: now });
    expect(of(two).held('ann', 'mail', 'warning', now)).to.equal(null);
    expect(of(two).held('ann', 'call', 'critical', now)).to.equal(null);
    expect(
      of([sent('sms', '2026-01-05T10:59:00Z'), ...two.slice(1)]).held('ann', 'sms', 'warning', now),
    ).to.equal(null);
    expect(
      of([sent('sms', '2026-01-05T11:59:00Z', 'held'), ...two.slice(1)]).held('ann', 'sms', 'warning', now),
    ).to.equal(null);
  });
  it('without mail what is held back goes no other way', () => {
    expect(
      of([], { ...ann, mail: null }).held('ann', 'sms', 'info', at('2026-01-05T23:00:00Z'))?.by,
    ).to.equal(null);
  });
  it('the next means is one that was not tried', () => {
    expect(of().otherMeans('ann', ['call'])).to.equal('sms');
    expect(of().otherMeans('ann', ['call', 'sms'])).to.equal('mail');
    expect(of().otherMeans('ann', ['call', 'sms', 'mail'])).to.equal(null);
    expect(of().otherMeans('bob', [])).to.equal(null);
    expect(of().quietMeans('ann')).to.equal('sms');
  });
});
