// The main story: check, package, canary, promotion as a rolling update of five, all under load.
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from './daemons.mjs';
import { change, merge } from './repository.mjs';
import { canopy } from './steps.mjs';
import { chapter, promises, summary, tell } from './story.mjs';
import { shareOf, total } from './visitors.mjs';
import { checkAndPackage, only, openShop, releasesAnswering } from './prologue.mjs';
import { canaryNames } from './world.mjs';

const rate = 1000;
const holdMs = 25_000;
const wanted = { requests: 20_000, share: 33, within: 1 };

export async function goodStory(world) {
  const before = await openShop(world, rate);
  const rows = [];
  const timed = async (title, phase, work) => {
    world.visitors.phase(phase);
    const started = Date.now();
    const value = await work();
    rows.push({ title, phase, tookMs: Date.now() - started });
    return value;
  };

  chapter(
    'A change on the branch dev',
    'Somebody commits a new promise to the customers: "at your door by seven". In Jenkins, this push starts the pipeline.',
  );
  const artifact = await timed('check and package', 'packaging', () => {
    change(world.repository, 'dev', 'delivery.patch', 'Deliver bread to the door');
    return checkAndPackage(world);
  });

  chapter(
    'The canary',
    'The new release goes to one extra server; then the router gives it a third of the requests. The other five stay as they are.',
  );
  await timed('canary: its deploy', 'canary-start', async () => {
    await canopy(world, ['canary', 'start', '--artifact', artifact]);
    await waitFor('the first answer of the canary', async () => {
      const { phases } = await world.visitors.counts();
      return shareOf(total(phases, ['canary-start']), 'canary') > 0;
    });
  });
  await timed('canary: a third of the visitors', 'canary', () => watchCanary(world));
  const fresh = only(await releasesAnswering(world, 'canary'));

  chapter(
    'Promotion',
    'All is well, so dev is merged into release. The five are updated one by one: drained, switched, checked, and only then given requests again.',
  );
  merge(world.repository, 'dev', 'release');
  await timed('promotion: rolling update of five', 'promotion', async () => {
    // The same commit: nothing is built twice, so what was tried is what is promoted.
    await canopy(world, ['package']);
    await canopy(world, ['canary', 'promote', '--artifact', artifact]);
  });
  const after = await releasesAnswering(world, 'web');
  await timed('afterwards', 'after', () => sleep(3000));
  await canopy(world, ['status']);

  chapter('What the visitors saw');
  const { phases } = await world.visitors.finish();
  summary(rows, phases, { canary: 'canary' });
  return judge({ phases, before, fresh, after });
}

/** Holds the canary for a while, with the share in sight, and shows that a flag needs no deploy. */
async function watchCanary(world) {
  const end = Date.now() + holdMs;
  let flagged = false;
  while (Date.now() < end) {
    await sleep(5000);
    const { phases } = await world.visitors.counts();
    const count = total(phases, ['canary']);
    tell(
      `${count.requests} requests, ${count.failed} failed, ${shareOf(count, 'canary').toFixed(1)} % on ${canaryNames.join(', ')}`,
    );
    if (flagged) continue;
    flagged = true;
    tell('', 'Meanwhile somebody turns a feature on. That needs no deploy:');
    await canopy(world, ['flag', 'set', 'checkout', 'on']);
    // A server keeps what it has read for half a second.
    let page = '';
    await waitFor('the page to show the flag', async () => {
      page = await footer(world);
      return page.includes('flag checkout on');
    });
    tell(`The page says: ${page}`, '');
  }
  await canopy(world, ['canary', 'status']);
}

/** The last line of the shop's page, as a visitor gets it. */
async function footer(world) {
  const page = await (await fetch(`http://127.0.0.1:${world.router}/`)).text();
  return /<footer>(.*)<\/footer>/.exec(page)?.[1] ?? '';
}

function judge({ phases, before, fresh, after }) {
  const all = total(phases);
  const moving = total(phases, ['canary-start', 'canary', 'promotion']);
  const share = shareOf(total(phases, ['canary']), 'canary');
  const updated = Object.values(after).filter((release) => release === fresh).length;
  return promises([
    {
      held: all.failed === 0,
      text: `no request failed (${all.failed} of ${all.requests})`,
    },
    {
      held: moving.requests >= wanted.requests,
      text: `at least ${wanted.requests} requests during canary and promotion (${moving.requests})`,
    },
    {
      held: Math.abs(share - wanted.share) <= wanted.within,
      text: `the canary had ${wanted.share} % of them, give or take ${wanted.within} (${share.toFixed(2)} %)`,
    },
    {
      held: updated === 5 && fresh !== before,
      text: `all five run the new release (${updated} of 5: ${fresh})`,
    },
  ]);
}
