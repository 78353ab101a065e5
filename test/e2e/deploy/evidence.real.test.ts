/** What a start that failed has said of itself, from the journal of a real systemd. */
import { expect } from 'chai';
import {
  needsSystemd,
  shopUnit,
  startSystemdWorld,
  type SystemdWorld,
} from '../../support/hosts/systemd-world.ts';

interface Evidence {
  readonly log: readonly string[];
  readonly manager: readonly string[];
}

for (const kind of ['systemd', 'user-systemd'] as const) {
  describe(`what a failed start says: ${kind}`, function () {
    this.timeout(180_000);
    let at: SystemdWorld;
    before(needsSystemd);
    before(async () => {
      at = await startSystemdWorld();
      at.configure({ kind });
      if (kind === 'systemd') {
        await at.install();
        at.host('usermod -aG systemd-journal deploy');
      } else {
        at.put('/home/deploy/.config/systemd/user', 'shop.service', shopUnit());
        at.host('chown -R deploy: /home/deploy; loginctl enable-linger deploy');
      }
      await at.release(
        '1',
        'good',
        `console.log('of the release before'); process.on('SIGTERM', () => { console.log('its last words'); process.exit(0); });`,
      );
      const { code, stderr } = await at.deploy();
      expect(code, stderr).to.equal(0);
    });
    after(() => at?.stop());
    const fails = async (version: string, code: string): Promise<Evidence> => {
      await at.release(version, 'good', code);
      const { json, stderr } = await at.deploy();
      expect([json.outcome, json.data.instances[0].did], stderr).to.deep.equal(['reverted', 'reverted']);
      return json.data.instances[0].evidence;
    };
    const texts = (lines: readonly string[]): string[] =>
      lines.map((line) => line.replace(/^\S+ \S+ [^:]*: /, ''));

    it("holds the application's own error, of all starts since the switch, apart from what systemd says", async () => {
      const { log, manager } = await fails(
        '2',
        `console.error('Error: no DATABASE_URL at ' + Date.now()); process.exit(1);`,
      );
      // The gate fails as soon as the service has ended; systemd may have begun it again by then.
      expect(log.length).to.be.within(1, 80);
      for (const text of texts(log)) expect(text).to.match(/^Error: no DATABASE_URL at \d+$/);
      expect(manager.join('\n')).to.match(/systemd\[\d+\]: .*shop\.service/);
      expect(manager.join('\n')).not.to.contain('DATABASE_URL');
    });

    it('says that it has logged nothing, whatever the release before has said', async () => {
      const { log } = await fails('3', 'process.exit(1);');
      expect(log).to.deep.equal(['(it has logged nothing since it was started)']);
    });

    it('has the last 80 lines, each cut, and nothing that steers a terminal', async () => {
      const { log } = await fails(
        '4',
        `for (let n = 0; n < 200; n++) console.log('line ' + n);
         process.stdout.write('x'.repeat(3_000_000) + '\\n', () => { console.error('\\u001b[31mError: \\u0007no'); process.exit(1); });`,
      );
      expect(log.length).to.equal(80);
      expect(Math.max(...log.map((line) => line.length))).to.be.at.most(500);
      expect(log.at(-1)).to.match(/\\x1b\[31mError: \\x07no$/);
      expect(log.join('')).not.to.match(/[\u0000-\u001f]/);
    });

    if (kind === 'systemd')
      it('tells whom to let read the journal', async () => {
        at.host('gpasswd -d deploy systemd-journal || true');
        at.dropIn('User=daemon');
        const { log } = await fails('5', `console.error('Error: no DATABASE_URL'); process.exit(1);`);
        expect(log).to.deep.equal([
          '(no log: the SSH user may not read the journal; add it to the group systemd-journal)',
        ]);
        at.dropIn(null);
      });
  });
}
