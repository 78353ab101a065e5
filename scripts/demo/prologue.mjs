// What both stories begin with: servers, the first version on all five, the router and its visitors.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openWorld, startRouter } from './world.mjs';
import { canopy } from './steps.mjs';
import { chapter, tell } from './story.mjs';
import { startVisitors } from './visitors.mjs';

const connections = 20;

/** Returns the release that runs on all five afterwards. */
export async function openShop(world, rate) {
  chapter(
    'A small data centre on this machine',
    'Six real sshd servers (five for production, one for the canary), a Redis, and a git repository with the shop.',
  );
  await openWorld(world);
  for (const { name, ssh, web } of world.servers)
    tell(`${name.padEnd(9)} ssh 127.0.0.1:${ssh}   shop http://127.0.0.1:${web}`);
  tell(`redis     127.0.0.1:${world.redis}`, `folder    ${world.folder}`);

  chapter('The router', 'It takes all requests, spreads them, and knows which servers are well.');
  await startRouter(world);
  tell(`visitors come to http://127.0.0.1:${world.router}`);

  chapter(
    'The shop opens: version 1 on all five',
    'First the gates (tests, coverage, lint), then one artifact, then the servers one after the other.',
  );
  const artifact = await checkAndPackage(world);
  await canopy(world, ['deploy', '--environment', 'production', '--artifact', artifact]);
  const releases = await releasesAnswering(world, 'web');

  chapter(
    'Visitors',
    `${rate} requests a second over ${connections} connections, without a break from here to the end. One in twenty is an order (POST).`,
  );
  world.visitors = startVisitors({ url: `http://127.0.0.1:${world.router}`, rate, connections });
  return only(releases);
}

/** The two steps before every deploy; returns the artifact's path as a user would type it. */
export async function checkAndPackage(world) {
  await canopy(world, ['check']);
  const { result } = await canopy(world, ['package']);
  return result?.data?.artifact ?? newestArtifact(world);
}

/** The releases that the instances whose name begins so tell when asked directly, by name; `null` for one that is not well. */
export async function releasesAnswering(world, prefix) {
  const asked = world.servers.filter(({ name }) => name.startsWith(prefix));
  return Object.fromEntries(
    await Promise.all(asked.map(async ({ name, web }) => [name, await releaseOf(web)])),
  );
}

/** The release on port `web`, or null when it is not healthy. */
export async function releaseOf(web) {
  try {
    const answer = await fetch(`http://127.0.0.1:${web}/health`, { signal: AbortSignal.timeout(2000) });
    await answer.text();
    return answer.ok ? answer.headers.get('x-release') : null;
  } catch {
    // Nobody answers: not healthy.
    return null;
  }
}

/** The one release that all of them run; an error when they differ. */
export function only(releases) {
  const set = new Set(Object.values(releases));
  const [release] = set;
  if (set.size !== 1 || !release)
    throw new Error(`the instances do not run one release: ${JSON.stringify(releases)}`);
  return release;
}

function newestArtifact(world) {
  const folder = join('.canopy', 'artifacts');
  const absolute = join(world.repository, folder);
  const files = readdirSync(absolute).filter((name) => name.endsWith('.tgz'));
  const [newest] = files.sort(
    (a, b) => statSync(join(absolute, b)).mtimeMs - statSync(join(absolute, a)).mtimeMs,
  );
  if (!newest) throw new Error('canopy package left no artifact');
  return join(folder, newest);
}
