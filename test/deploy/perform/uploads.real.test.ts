import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { runtimeOf } from '../../../src/commands/runtime.ts';
import type { Instance } from '../../../src/config/types.ts';
import { parseFacts, type InstanceFacts } from '../../../src/deploy/model/facts.ts';
import { Uploads, type ReleaseUpload } from '../../../src/deploy/perform/uploads.ts';
import { openArchive } from '../../../src/drivers/archive/archive.ts';
import { openSsh } from '../../../src/drivers/ssh/index.ts';
import type { Host, Packed, Ran, Ssh } from '../../../src/ports/ports.ts';
import { needs } from '../../support/needs.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { pathOf } from '../../support/ssh/shells.ts';
import { sshSettings } from '../../support/ssh/ssh-settings.ts';
import { startSshd, type Sshd } from '../../support/ssh/sshd.ts';
import { tempFolder } from '../../support/temp.ts';
import { packed } from '../../support/worlds/upload.ts';

const files = (over: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  ...Object.fromEntries(
    Array.from({ length: 300 }, (_, at) => [`d${at % 7}/file ${at}.txt`, `text ${at}\n`.repeat(50)]),
  ),
  ...over,
});

for (const shell of ['dash', 'busybox'] as const) {
  describe(`deploy/uploads: by SSH and ${shell}`, () => {
    before(needs('sshd', shell));
    const temp = tempFolder();
    let sshd: Sshd;
    let ssh: Ssh;
    let host: Host;
    let one: Packed;
    let two: Packed;
    before(async () => {
      for (const name of ['one', 'two']) mkdirSync(join(temp(), name));
      one = await packed(join(temp(), 'one'), files());
      two = await packed(join(temp(), 'two'), files({ 'd1/file 1.txt': 'new\n' }));
      sshd = await startSshd({
        folder: join(temp(), 'sshd'),
        config: [`SetEnv PATH=${pathOf(temp(), shell)}`],
      });
      ssh = openSsh(sshSettings(sshd), { passphrase: null, log: quietLog(), home: temp(), env: {} });
      host = await ssh.host({ name: 'web-1', host: `${sshd.user}@${sshd.host}:${sshd.port}` });
    });
    after(() => ssh?.close());
    after(() => sshd?.stop());

    const instance = (): Instance =>
      ({
        name: 'web-1',
        driver: 'ssh',
        path: join(temp(), 'srv/shop'),
        shared: [],
        service: { kind: 'commands', start: ['true'], stop: ['true'], status: ['true'], log: null },
      }) as unknown as Instance;
    const facts = async (): Promise<InstanceFacts> => {
      const command = runtimeOf(instance()).facts({ withUnit: true, deploy: null } as never);
      const found = parseFacts((await host.run({ command, effect: 'read', title: 'facts' })).stdout);
      if (found === null) throw new Error('no facts');
      return found;
    };
    const open = ({ file, sha256, size, files: all }: Packed): Uploads =>
      new Uploads({ file, sha256, size, files: all }, async () => openArchive(), quietLog());
    const bring = async (upload: ReleaseUpload, id: string): Promise<Ran & { sent: number }> => {
      let sent = 0;
      const { tree, base } = upload;
      const command = runtimeOf(instance()).receive({
        path: instance().path,
        id,
        sha256: '',
        tree,
        base,
        link: false,
        record: '{}',
        env: '',
        shared: [],
      });
      const input = { ...upload.input, onSent: (bytes: number) => void (sent = bytes) };
      return { ...(await host.run({ command, effect: 'change', title: 'receive', input })), sent };
    };

    it('brings a release whole, then the next one by what has changed', async () => {
      const first = open(one);
      const whole = await first.forServer({ instance: instance(), host, facts: await facts(), link: false });
      expect(whole.sends).to.match(/^300 files /);
      expect(await bring(whole, 'r1')).to.deep.include({ code: 0, stderr: '', sent: whole.size });
      await first.close();

      const second = open(two);
      const delta = await second.forServer({ instance: instance(), host, facts: await facts(), link: false });
      expect(delta.sends).to.equal('1 of 300 files (4 B), copies 299');
      expect(delta.size).to.be.lessThan(whole.size + 20_000);
      expect(await bring(delta, 'r2')).to.deep.include({ code: 0, stderr: '', sent: delta.size });
      for (const [name, text] of Object.entries(files({ 'd1/file 1.txt': 'new\n' })))
        expect(readFileSync(join(instance().path, 'releases/r2', name), 'utf8'), name).to.equal(text);
      await second.close();
    });

    it('does not believe a list that was changed on the server', async () => {
      const list = join(instance().path, 'releases/r1/.canopy/files');
      const before = readFileSync(list, 'utf8');
      const known = await facts();
      appendFileSync(list, `${'0'.repeat(64)} 81a4 ../../evil\n`);
      const uploads = open(two);
      const given = { instance: instance(), host, link: false };
      const stale = { ...known, lists: { r1: known.lists['r1'] ?? '' } };
      expect((await uploads.forServer({ ...given, facts: stale })).base).to.equal(null);
      // It says the new hash now, and still names what no release can hold.
      const now = await facts();
      const fresh = { ...now, lists: { r1: now.lists['r1'] ?? '' } };
      expect((await uploads.forServer({ ...given, facts: fresh })).base).to.equal(null);
      writeFileSync(list, before);
      await uploads.close();
    });
  });
}
