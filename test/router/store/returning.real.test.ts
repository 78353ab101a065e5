import { expect } from 'chai';
import { splitter, withCookie } from '../../support/router/splitter.ts';

/** Small, seeded, good enough for visitors. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface User {
  /** Seconds between two requests, on average. */
  readonly pause: number;
  cookie: string | null;
  requests: number;
  arm: string | null;
}

/**
 * An hour in seconds. Visitors come all the time; some look once, most now and then, a few at every moment. Each request
 * is one call of the code that the router runs for it.
 */
describe('an hour of returning users', function () {
  this.timeout(120_000);
  const seed = Number(process.env['CANOPY_SEED'] ?? Date.now() % 1_000_000);
  for (const weight of [5, 33, 50]) {
    it(`observed is requested at ${weight} %, in every ten minutes of it (seed ${seed})`, () => {
      const next = random(seed + weight);
      const it = splitter('cookie', weight, { turn: Math.floor(next() * 2 ** 32) });
      const coming: User[][] = Array.from({ length: 3600 }, () => []);
      const users: User[] = [];
      const parts: number[] = [];
      let part = { all: 0, canary: 0 };
      for (let second = 0; second < 3600; second += 1) {
        for (let fresh = 0; fresh < 25; fresh += 1) {
          const kind = next();
          // Every moment, now and then, seldom, once.
          const pause = kind < 0.1 ? 120 : kind < 0.6 ? 400 : kind < 0.8 ? 1500 : 10_000;
          const user: User = { pause, cookie: null, requests: 0, arm: null };
          users.push(user);
          visit(user, second);
        }
        for (const user of coming[second] ?? []) visit(user, second);
        if ((second + 1) % 600 === 0) {
          parts.push((100 * part.canary) / part.all);
          part = { all: 0, canary: 0 };
        }
      }
      const { stable, canary } = it.fleet.observed;
      const all = stable + canary;
      const share = (100 * canary) / all;
      expect(all).to.be.greaterThan(200_000);
      // Users are split, not requests: by so much chance moves the share of the requests when users differ so much.
      const squares = users.reduce((sum, { requests }) => sum + requests ** 2, 0);
      const deviation = 100 * (Math.sqrt((weight / 100) * (1 - weight / 100) * squares) / all);
      expect(deviation, 'so much that the test says something').to.be.lessThan(0.3);
      expect(share).to.be.closeTo(weight, Math.min(0.6, 4 * deviation));
      for (const one of parts)
        expect(one, `no drift: ${parts.join(', ')}`).to.be.closeTo(weight, 8 * deviation);
      const came = users.filter((user) => user.arm === 'canary').length;
      expect(came / users.length, 'of the users').to.be.closeTo(weight / 100, 0.0005);

      function visit(user: User, second: number): void {
        const { arm, given } = it.ask(user.cookie === null ? [] : withCookie(user.cookie));
        if (user.arm !== null && arm !== user.arm) throw new Error('a user has changed sides');
        user.arm = arm;
        user.cookie = given.give ?? user.cookie;
        user.requests += 1;
        part.all += 1;
        if (arm === 'canary') part.canary += 1;
        const back = second + Math.ceil(-Math.log(1 - next()) * user.pause);
        coming[back]?.push(user);
      }
    });
  }
});
