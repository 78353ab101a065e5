// npm run demo: the main job of Canopy on this machine's loopback. `-- --bad` ships a broken release, `-- --stay` keeps
// everything up at the end. Nothing is left behind but what the set-up installs.
import { red, green, dim, say, stop, seconds } from './support/console.mjs';
import { setUp, setupOptions } from './setup.mjs';
import { closeWorld, makeWorld } from './demo/world.mjs';
import { goodStory } from './demo/good.mjs';
import { badStory } from './demo/bad.mjs';
import { stay } from './demo/stay.mjs';

const usage = `npm run demo [-- options]
  --bad         ships a release that passes every test and fails on the servers: it is reverted
  --stay        keeps everything up at the end, and prints the addresses
  --yes         installs missing system packages without asking (so does CI=true)
  --no-install  installs nothing: lists what is missing and exits with 2`;

const programs = [
  { program: 'redis-server', apt: 'redis-server' },
  { program: 'sshd', apt: 'openssh-server' },
  { program: 'ssh-keygen', apt: 'openssh-client' },
  { program: 'git', apt: 'git' },
];

const setup = setupOptions(process.argv.slice(2));
const known = ['--bad', '--stay', '--help', '-h'];
const unknown = setup.rest.filter((word) => !known.includes(word));
if (unknown.length > 0) stop(2, `unknown: ${unknown.join(' ')}\n${usage}`);
if (setup.rest.includes('--help') || setup.rest.includes('-h')) {
  say(usage);
  process.exit(0);
}
await setUp(setup, programs);

const started = Date.now();
const world = await makeWorld();
const signalled = new Promise((resolve) => {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => resolve(name));
});
// Also what nobody foresaw ends with everything taken away.
const crashed = new Promise((resolve) => {
  for (const name of ['uncaughtException', 'unhandledRejection']) {
    process.on(name, (error) => resolve({ broken: [error?.stack ?? String(error)] }));
  }
});
// A reader that went away must not keep us from cleaning up.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const story = tellStory();
const how = await Promise.race([
  story,
  crashed,
  signalled.then((signal) => ({ broken: world.told ?? [`stopped by ${signal}`] })),
]);
say(dim('\nstopping what was started …'));
const left = await closeWorld(world).catch((error) => [`cleaning up failed: ${error.stack}`]);
const wrong = [...how.broken, ...left];
for (const text of wrong) console.error(red(text));
say(
  wrong.length === 0
    ? green(
        `All promises kept, in ${seconds(Date.now() - started)}. Nothing runs any more, and ${world.folder} is gone.`,
      )
    : `The demo did not succeed.${left.length === 0 ? ' Nothing runs any more, and its folder is gone.' : ''}`,
);
process.exit(wrong.length === 0 ? 0 : 1);

async function tellStory() {
  const broken = await outcome();
  if (setup.rest.includes('--stay') && !world.closing) {
    for (const text of broken) console.error(red(text));
    world.told = broken;
    await stay(world, signalled);
  }
  return { broken };
}

/** What did not go as promised. */
async function outcome() {
  try {
    return await (setup.rest.includes('--bad') ? badStory(world) : goodStory(world));
  } catch (error) {
    return [world.closing ? 'stopped' : (error.stack ?? String(error))];
  }
}
