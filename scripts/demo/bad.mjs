// The other story: a release that passes every test and does not work on the servers.
import { setTimeout as sleep } from 'node:timers/promises';
import { seconds } from '../support/console.mjs';
import { change } from './repository.mjs';
import { canopy } from './steps.mjs';
import { chapter, promises, summary, tell } from './story.mjs';
import { answersFrom, total } from './visitors.mjs';
import { checkAndPackage, openShop, releaseOf, releasesAnswering } from './prologue.mjs';

const rate = 500;
/** These servers have the variable that the broken release needs. */
const prepared = ['web-1', 'web-2'];
const broken = 'web-3';

export async function badStory(world) {
  world.variables = Object.fromEntries(
    prepared.map((name) => [name, { PAYMENT_URL: 'https://pay.example/shop' }]),
  );
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
    'A release that is broken',
    `Orders shall be sent to a payment service. Its address is a variable, PAYMENT_URL. The tests set it, and so do ${prepared.join(' and ')};`,
    'somebody forgot the other three servers. So every check passes, and only those servers can tell that this does not work there.',
  );
  const artifact = await timed('check and package', 'packaging', () => {
    change(world.repository, 'release', 'broken.patch', 'Send orders to the payment service');
    return checkAndPackage(world);
  });

  chapter(
    'It is deployed straight to production',
    'No canary this time. It works on two servers. The third does not become healthy: all that was touched has to go back.',
  );
  const watch = watchServers(world, before);
  const { result } = await timed('deploy, and back again', 'deploy', () =>
    canopy(world, ['deploy', '--environment', 'production', '--artifact', artifact], { expect: 3 }),
  );
  const seen = await watch.stop();
  tell('Exit code 3: the verdict is no. Nothing is left half done:');
  const after = await releasesAnswering(world, 'web');
  await timed('afterwards', 'after', () => sleep(3000));
  await canopy(world, ['status']);

  chapter('What the visitors saw');
  const { phases } = await world.visitors.finish();
  summary(rows, phases);
  return judge({ phases, before, after, seen, result });
}

/** Asks the five directly, ten times a second: when was the first one not on the old release, and since when are all again? */
function watchServers(world, release) {
  const five = world.servers.filter(({ name }) => name.startsWith('web'));
  const seen = { left: null, back: null, touched: new Set() };
  let on = true;
  const loop = (async () => {
    while (on) {
      const away = [];
      for (const { name, web } of five) if ((await releaseOf(web)) !== release) away.push(name);
      if (away.length > 0) {
        seen.left ??= Date.now();
        seen.back = null;
        for (const name of away) seen.touched.add(name);
      } else if (seen.left !== null) seen.back ??= Date.now();
      await sleep(100);
    }
  })();
  return {
    stop: async () => {
      on = false;
      await loop;
      return seen;
    },
  };
}

function judge({ phases, before, after, seen, result }) {
  const revertMs = result?.data?.revertMs;
  const said = result?.data?.instances?.find(({ name }) => name === broken)?.evidence?.log ?? [];
  const all = total(phases);
  const restored = Object.values(after).filter((release) => release === before).length;
  const fromBroken = answersFrom(all, (instance, release) => instance === broken && release !== before);
  const touched = [...seen.touched].sort().join(', ');
  const complete = seen.left !== null && seen.back !== null;
  if (complete) {
    tell('');
    if (typeof revertMs === 'number')
      tell(
        `Time to revert: ${seconds(revertMs)} from the verdict until the last server was back and healthy.`,
      );
    tell(
      `From the first server leaving the old release until all five were back on it: ${seconds(seen.back - seen.left)}.`,
    );
  }
  return promises([
    { held: true, text: 'the deploy said no (exit code 3)' },
    {
      held: said.some((line) => line.includes('PAYMENT_URL is not set')),
      text: `it told what the shop on ${broken} said of it: ${said[0] ?? 'nothing'}`,
    },
    { held: restored === 5, text: `all five run the release from before (${restored} of 5: ${before})` },
    {
      held: complete && touched === [...prepared, broken].join(', '),
      text: `it stopped at the first server that failed (touched: ${touched || 'none'})`,
    },
    {
      held: fromBroken === 0,
      text: `${broken} served no visitor with the release that does not work there (${fromBroken} answers)`,
    },
    {
      held: all.failed === 0 && all.requests > 0,
      text: `no request failed (${all.failed} of ${all.requests})`,
    },
  ]);
}
