/** Plays a script of what happens to one rule, a second a step, and tells what was to be sent when. */
import { expect } from 'chai';
import {
  collect,
  next,
  type Incident,
  type IncidentEvent,
  type Opening,
  type Surroundings,
} from '../../src/incidents/index.ts';

const MINUTE = 60_000;
const start = Date.UTC(2026, 0, 5, 12);

const opening: Opening = {
  rule: 'site-down',
  severity: 'critical',
  policy: 'default',
  ladder: [
    { to: ['ann'], by: ['sms', 'mail'], afterMs: 0, repeat: 0, everyMs: 0 },
    { to: ['carl'], by: ['call'], afterMs: 5 * MINUTE, repeat: 2, everyMs: 5 * MINUTE },
  ],
  acts: [],
};

type Word = 'red' | 'green' | 'ack' | 'ack 10m' | 'resolve' | 'mute' | 'unmute' | 'lost';

/** What happens at which second; what was to be sent at which. */
export function play(
  script: readonly (readonly [second: number, word: Word, target?: string])[],
  until: number,
  given: Partial<Opening> = {},
  people: Partial<Surroundings['people']> = {},
): { sent: string[]; incidents: Incident[] } {
  let incidents: Incident[] = [];
  const muted = new Set<string>();
  const sent: string[] = [];
  const seen = new Set<string>();
  let ids = 0;
  const around: Surroundings = {
    people: { held: () => null, quietMeans: () => 'sms', otherMeans: () => null, ...people },
    muted: (target) => (muted.has(target) ? 'silenced' : null),
  };
  const apply = (event: IncidentEvent, now: number): void => {
    incidents = incidents.map((one) =>
      one.state === 'resolved' && one.resolvedBy === null ? one : next(one, event, now, around),
    );
  };
  for (let second = 0; second <= until; second += 1) {
    const now = start + second * 1000;
    const red: string[] = [];
    const green: string[] = [];
    for (const [at, word, target = 'shop'] of script.filter(([at]) => at === second)) {
      void at;
      if (word === 'red') red.push(target);
      else if (word === 'green') green.push(target);
      else if (word === 'mute') muted.add(target);
      else if (word === 'unmute') muted.delete(target);
      else if (word === 'ack') apply({ is: 'acknowledged', by: 'ann', until: null }, now);
      else if (word === 'ack 10m') apply({ is: 'acknowledged', by: 'ann', until: now + 10 * MINUTE }, now);
      else if (word === 'resolve') apply({ is: 'resolved', by: 'ann' }, now);
    }
    incidents = collect(
      incidents,
      [{ opening: { ...opening, ...given }, red, green }],
      now,
      around,
      () => `i-${'abcdefgh'.slice(0, 7)}${'abcdefghijk'[ids++]}`,
    );
    incidents = incidents.map((incident) => {
      let changed = incident;
      for (const { key, at, outcome } of incident.deliveries) {
        if (outcome !== null || at > now) continue;
        const whole = `${incident.id} ${key}`;
        expect(seen.has(whole), `${whole} twice`).to.equal(false);
        seen.add(whole);
        sent.push(`${second} ${key}`);
        changed = next(
          changed,
          { is: 'sent', key, outcome: 'accepted', providerId: 'p1', why: null },
          now,
          around,
        );
      }
      return changed;
    });
  }
  return { sent, incidents };
}
