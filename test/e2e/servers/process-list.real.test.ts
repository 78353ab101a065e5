import { readFileSync, readdirSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { needs } from '../../support/needs.ts';
import { startWorld, type World } from '../../support/worlds/world.ts';

const secrets = {
  value: 'hush-value-of-the-application',
  word: 'hush-word-in-a-hook',
  reason: 'hush-reason-of-a-failure',
};

/** Every word of every process of this machine, while some work is done. */
async function wordsDuring(work: Promise<unknown>): Promise<Set<string>> {
  const seen = new Set<string>();
  let busy = true;
  const ended = work.finally(() => (busy = false));
  while (busy) {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
      } catch {
        continue; // It has ended in between.
      }
    }
    await setImmediate();
  }
  await ended;
  return seen;
}

describe('the list of processes of a server, while a deploy runs', () => {
  before(needs('sshd', 'ssh-keygen', 'redis-server'));
  let world: World;
  before(async () => {
    world = await startWorld(2);
  });
  after(() => world?.stop());

  /** What the deploy showed of each secret, and the outcome. */
  async function shownBy(hooks: string): Promise<{ outcome: string; shown: string[]; seen: string[] }> {
    world.configure({
      extra: `    env: { GREETING: "\${env:VALUE}" }\n    hooks: ${hooks}`,
      service: '',
    });
    world.commit(String(hooks.length));
    const env = { VALUE: secrets.value, WORD: secrets.word };
    const packed = await world.canopy(['package'], env);
    expect(packed.code, packed.stderr).to.equal(0);
    let outcome = '';
    const words = await wordsDuring(
      world
        .canopy(['deploy', '--environment', 'production'], env)
        .then((ran) => (outcome = ran.json?.outcome)),
    );
    const all = [...words].map((one) => one.replaceAll('\0', ' '));
    const shown = all.filter((one) => Object.values(secrets).some((secret) => one.includes(secret)));
    return { outcome, shown, seen: all.filter((one) => one.includes('for all to see')) };
  }
  // The word of a process that the hook itself starts is for all to see: so it is known that somebody looked.
  const slow = `sh -c 'sleep 0.4; : for all to see'; : \${env:WORD}`;
  const hook = (lines: string, on = 'instance'): string => JSON.stringify({ run: lines, on });

  it('shows no value of the application and no word of a hook', async () => {
    const { outcome, shown, seen } = await shownBy(
      `{ prepare: ${hook(slow)}, once: ${hook(slow, 'agent')}, after: ${hook(slow)} }`,
    );
    expect([outcome, shown]).to.deep.equal(['done', []]);
    expect(seen).not.to.deep.equal([]);
  });

  it('shows no reason of a failure', async () => {
    const { outcome, shown, seen } = await shownBy(
      `{ after: ${hook(`echo ${secrets.reason}; exit 1`)}, failure: ${hook(`test -n "$CANOPY_REASON"; ${slow}`)} }`,
    );
    expect([outcome, shown]).to.deep.equal(['reverted', []]);
    expect(seen).not.to.deep.equal([]);
  });
});
