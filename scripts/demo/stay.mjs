// --stay: prints where everything is, and waits for Ctrl-C.
import { join } from 'node:path';
import { root } from '../support/console.mjs';
import { chapter, tell } from './story.mjs';

/** Resolves when the signal comes. */
export async function stay(world, signalled) {
  chapter('Everything stays up until Ctrl-C');
  tell(
    `the shop          http://127.0.0.1:${world.router}`,
    `router's admin    http://127.0.0.1:${world.admin}   Authorization: Bearer ${world.token}`,
    ...world.servers.map(
      ({ name, web, ssh, user }) =>
        `${name.padEnd(17)} http://127.0.0.1:${web}   ssh -p ${ssh} -i ${join(world.folder, 'ssh', 'deploy_key')} -o UserKnownHostsFile=${join(world.folder, 'ssh', 'known_hosts')} ${user}@127.0.0.1`,
    ),
    `redis             redis://127.0.0.1:${world.redis}/0`,
    `repository        ${world.repository}`,
    `logs              ${join(world.folder, 'logs')}`,
    '',
    'Try, in another terminal:',
    `  cd ${world.repository} && export CANOPY_TOKEN=${world.token}`,
    `  node ${join(root, 'dist', 'canopy.js')} status`,
  );
  // A promise alone does not keep the process alive.
  const alive = setInterval(() => undefined, 60_000);
  await signalled;
  clearInterval(alive);
}
