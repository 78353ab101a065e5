import { expect } from 'chai';
import { lawsOf, words } from '../support/services/record-laws.ts';
import fc from 'fast-check';
import { afterFound, afterSent, backoffMs, MOST_TRIES, nextStep } from '../../src/messages/decide.ts';
import { claimFrom, messageHistory, type SentMessage } from '../../src/messages/index.ts';
import { addressHash, isFurther, openDelivery, type OpenDelivery } from '../../src/messages/slot.ts';
import type { Found, Sent } from '../../src/ports/ports.ts';
import { fakeStore } from '../fakes/store.ts';
import { thrown } from '../support/thrown.ts';

const slot: OpenDelivery = {
  ...{ id: 'i-abcdefgh.1.0.ann.sms', visible: 'i-abcdefgh.1', person: 'ann', by: 'sms', level: 1 },
  ...{ incident: 'i-abcdefgh', address: addressHash('+491700000001'), since: 900, writtenAt: 1000 },
  ...{ sendBy: 6000, timeoutMs: 10_000, tries: 1, waiting: null, outcome: null },
};
const waiting = { afterMs: 4000, why: 'busy' };
const outcome = { is: 'accepted', providerId: 'P1', why: null, at: 5 } as const;

describe('what is to be done with a delivery', () => {
  const steps: readonly [Partial<OpenDelivery>, seenMs: number, idempotent: boolean, string][] = [
    [{}, 0, false, 'wait'],
    [{}, 14_999, false, 'wait'],
    [{}, 14_999, true, 'wait'],
    [{}, 15_000, false, 'look'],
    [{}, 15_000, true, 'send'],
    [{ waiting }, 3999, false, 'wait'],
    [{ waiting }, 4000, false, 'send'],
    [{ outcome }, 0, false, 'done'],
    [{ outcome }, 99_000, true, 'done'],
  ];
  for (const [change, seenMs, idempotent, step] of steps)
    it(`${JSON.stringify(change)} after ${seenMs} ms${idempotent ? ', idempotent' : ''}: ${step}`, () => {
      expect(nextStep({ ...slot, ...change }, seenMs, idempotent)).to.equal(step);
    });

  const answers: readonly [Sent, tries: number, object][] = [
    [{ is: 'accepted', providerId: 'P1' }, 1, { outcome: { is: 'accepted', providerId: 'P1', why: null } }],
    [{ is: 'refused', reason: 'no' }, 1, { outcome: { is: 'failed', providerId: null, why: 'no' } }],
    [{ is: 'uncertain', reason: 'lost' }, 9, { uncertain: 'lost' }],
    [{ is: 'later', reason: 'busy', afterMs: null }, 1, { waiting: { afterMs: 1000, why: 'busy' } }],
    [{ is: 'later', reason: 'busy', afterMs: null }, 4, { waiting: { afterMs: 8000, why: 'busy' } }],
    [{ is: 'later', reason: 'busy', afterMs: 7000 }, 1, { waiting: { afterMs: 7000, why: 'busy' } }],
    [
      { is: 'later', reason: 'busy', afterMs: null },
      MOST_TRIES,
      { outcome: { is: 'failed', providerId: null, why: 'busy (tried 8 times)' } },
    ],
    [
      { is: 'later', reason: 'busy', afterMs: 3_600_000 },
      1,
      { outcome: { is: 'failed', providerId: null, why: 'busy; to be tried in 60 min' } },
    ],
  ];
  for (const [sent, tries, change] of answers)
    it(`${JSON.stringify(sent)}, try ${tries}`, () => {
      expect(afterSent(sent, tries)).to.deep.equal(change);
    });

  const unknown: Found = { is: 'unknown', reason: 'away' };
  const uncertain = { outcome: { is: 'uncertain', providerId: null, why: 'away' } };
  const found: readonly [Found, by: string, tries: number, looks: number, unknown][] = [
    [
      { is: 'sent', providerId: 'P1', outcome: 'answered' },
      'call',
      1,
      1,
      { outcome: { is: 'answered', providerId: 'P1', why: null } },
    ],
    [{ is: 'absent' }, 'call', 1, 1, 'absent'],
    [
      { is: 'absent' },
      'call',
      MOST_TRIES,
      1,
      { outcome: { is: 'failed', providerId: null, why: 'the provider has not taken it (tried 8 times)' } },
    ],
    [unknown, 'call', 1, 1, { lookInMs: 1000 }],
    [unknown, 'sms', 1, 12, { lookInMs: 60_000 }],
    [unknown, 'sms', 1, 13, uncertain],
    [unknown, 'mail', 1, 1, 'again'],
    [unknown, 'chat', 2, 9, 'again'],
    [unknown, 'mail', 3, 1, uncertain],
  ];
  for (const [what, by, tries, looks, after] of found)
    it(`found ${what.is}, ${by}, try ${tries}, look ${looks}`, () => {
      expect(afterFound(what, { ...slot, by, tries }, looks)).to.deep.equal(after);
    });

  it('waits twice as long each time, a minute at most', () => {
    expect([1, 2, 6, 7, 40].map(backoffMs)).to.deep.equal([1000, 2000, 32_000, 60_000, 60_000]);
  });

  it('knows which of two is further along', () => {
    const order = [slot, { ...slot, waiting }, { ...slot, outcome }, { ...slot, tries: 2 }];
    for (const [at, one] of order.entries())
      expect(order.map((other) => isFurther(one, other))).to.deep.equal(order.map((_, than) => at > than));
  });
});

describe('an open delivery in the store', () => {
  const times = fc.nat(8e11);
  lawsOf(
    openDelivery,
    fc
      .tuple(words, times, fc.nat(5000), fc.option(fc.nat(60_000)))
      .map(([why, writtenAt, withinMs, afterMs]) => ({
        ...{ ...slot, writtenAt, sendBy: writtenAt + withinMs },
        ...(afterMs === null
          ? { outcome: { is: 'failed' as const, providerId: null, why, at: writtenAt } }
          : { waiting: { afterMs, why } }),
      })),
  );
});

describe('the number that calls', () => {
  it('belongs to one application', async () => {
    const store = fakeStore();
    await claimFrom('shop', '+15550100', store);
    await claimFrom('shop', '+15550100', store);
    const error = await thrown(claimFrom('other', '+15550100', store));
    expect(error.code).to.equal('message-from');
    expect(error.message).to.contain('shop');
    await claimFrom('other', '+15550101', store);
  });
});

describe('the history of messages', () => {
  it('shows each message once, since a time, and nothing that is none', async () => {
    const store = fakeStore();
    const entry = (id: string, at: number, more = {}): Promise<string> =>
      store.append(
        'canopy:shop:messages',
        {
          id,
          person: 'ann',
          by: 'sms',
          incident: '',
          at: String(at),
          outcome: 'failed',
          providerId: '',
          why: 'no',
          ...more,
        },
        99,
      );
    await entry('a', 10);
    await entry('b', 20);
    await entry('b', 20);
    await entry('c', 30, { outcome: 'accepted', providerId: 'P1', why: '', incident: 'i-abcdefgh' });
    await entry('d', 40, { outcome: 'perhaps' });
    await entry('e', Number.NaN);
    await entry('', 50);
    const common = { person: 'ann', by: 'sms' };
    const wanted: SentMessage[] = [
      {
        id: 'c',
        ...common,
        incident: 'i-abcdefgh',
        at: 30,
        outcome: 'accepted',
        providerId: 'P1',
        why: null,
      },
      { id: 'b', ...common, incident: null, at: 20, outcome: 'failed', providerId: null, why: 'no' },
    ];
    expect(await messageHistory(store, 'shop', 15)).to.deep.equal(wanted);
  });
});
