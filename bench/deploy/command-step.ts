/** One command on every server, by Canopy's own connections: what a step costs before it does anything. Built beside the steps. */
import { argv } from '../../src/commands/core/command.ts';
import { pool } from '../../src/shared/pool.ts';
import { defineStep } from '../../src/step/declare/define.ts';

export const step = defineStep({
  name: 'command',
  summary: 'runs true on every server',
  params: {},
  secrets: ['CANOPY_STORE', 'CANOPY_SSH_KEY_FILE', 'CANOPY_SSH_PASSPHRASE'],
  uses: ['ssh', 'environments'],
  examples: [],
  run: async ({ config, open }) => {
    const { environments, ssh } = await config();
    const instances = Object.values(environments).flatMap((one) => one.instances);
    const codes: number[] = [];
    await pool(instances, ssh.concurrency, async ({ name, host }) => {
      const machine = await (await open.ssh()).host({ name, host: host ?? '' });
      const { code } = await machine.run({ command: argv('true'), effect: 'change', title: 'true' });
      codes.push(code);
    });
    return { outcome: codes.every((code) => code === 0) ? 'done' : 'failed' };
  },
});
