import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { script, user } from '../../../src/commands/core/command.ts';
import { openLocal } from '../../../src/drivers/machine/local.ts';
import type { Host } from '../../../src/ports/ports.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { waitFor } from '../../support/wait-for.ts';
import { hostContract } from './host.ts';

describe('host: this machine', () => {
  const log = quietLog();
  const env = {
    ...process.env,
    CANOPY_TOKEN: 'hidden',
    TWILIO_SID: 'hidden',
    SMTP_PASS: 'hidden',
    OTHER: 'hidden',
  };
  const local = openLocal(env, log);
  let host: Host;
  before(async () => {
    host = await local.host({ name: 'here', host: 'localhost' });
  });
  after(() => local.close());
  hostContract(() => ({ host, told: () => log.lines }));

  it('shows a command nothing of our own environment', async () => {
    for (const command of [script('env'), user('env')]) {
      const ran = await host.run({ command, effect: 'read', title: 'see' });
      expect(ran.stdout).to.match(/^PATH=/m);
      expect(ran.stdout).not.to.match(/hidden|TOKEN|TWILIO|SMTP/);
      if (command.kind === 'user') expect(ran.stdout).not.to.contain('CANOPY');
    }
  });

  it('ends the whole group at the time limit, also what ignores the request', async () => {
    const text = 'trap "" TERM; sleep 60 & echo $!; wait; wait';
    const lines: string[] = [];
    const task = {
      command: script(text),
      effect: 'read',
      title: 'see',
      timeoutMs: 300,
      onLine: (line: string) => lines.push(line),
    } as const;
    const failed = await host.run(task).then(
      () => null,
      (error: Error) => error,
    );
    expect(failed?.message).to.match(/not finished within 300 ms/);
    await waitFor('the child to end', () => !runs(Number(lines[0])));
  });
});

/** Whether a process is there and no zombie: in a container nobody may collect those. */
function runs(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
