import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Command } from '../../src/commands/core/command.ts';
import { switchTo } from '../../src/commands/release/current-link.ts';
import * as service from '../../src/commands/service/service.ts';
import { toShell } from '../../src/commands/core/shell.ts';
import { unitProof, unitState } from '../../src/commands/service/proof.ts';
import { unitFacts } from '../../src/commands/service/unit.ts';
import { readConfig } from '../../src/config/index.ts';
import { explainSudo } from '../../src/explain/index.ts';
import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';

const yaml = `app: shop
environments:
  production:
    path: /srv/shop
    service: { systemd: shop-web.1 }
    instances: [{ name: web-1, host: nobody@10.0.0.11 }]
`;

describe('the rules that explain sudo prints', function () {
  this.timeout(60_000);
  const folder = tempFolder();
  const { config } = readConfig(yaml, '/app/canopy.yml', { HOME: '/' });
  const { file, rules } = explainSudo(config, null).data as { file: string; rules: string[] };
  const unit = config.environments['production']?.instances[0]?.service;

  /** What each builder of commands/service/service.ts says to sudo when it is run by a user who is not root. */
  const calls = (): string[][] => {
    if (unit?.kind !== 'systemd') throw new TypeError('no unit');
    const path = join(folder(), 'srv');
    const at = { path, env: {} };
    const built: Command[] = [
      service.start(unit, at),
      service.halt(unit, at),
      service.status(unit, at),
      ...[service.stop(unit, at), service.steady(unit)].flatMap((command) => command ?? []),
      service.activate(unit, at, switchTo({ path, id: 'r1' }), []),
      unitFacts(unit),
      unitState(unit),
      unitProof(unit, { path, name: 'localhost', port: 3000 }),
    ];
    return built.flatMap((command) => asNobody(command));
  };
  /** Words behind `sudo`, of all that the command calls; stand-ins before the real programs on PATH write them down. */
  const asNobody = (command: Command): string[][] => {
    const bin = join(folder(), 'bin');
    const record = join(folder(), 'record');
    const tree = join(folder(), 'srv');
    for (const path of [bin, join(tree, '.canopy'), join(tree, 'releases/r1')])
      mkdirSync(path, { recursive: true });
    writeFileSync(record, '');
    const programs = {
      id: 'echo 1000',
      systemctl: 'echo MainPID=1',
      sudo: `{ for word in "$@"; do printf '%s\\0' "$word"; done; printf '\\n'; } >> ${record}`,
    };
    for (const [name, body] of Object.entries(programs)) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    spawnSync('sh', ['-c', toShell(command)], { env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` } });
    return readFileSync(record, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('\0').slice(0, -1));
  };
  /** The command behind the options that only ask: `-n`, `-l`. */
  const commandOf = (words: readonly string[]): string[] =>
    words.slice(words.findIndex((word) => !word.startsWith('-')));

  it('are the commands that the builders give to sudo, no fewer and no more', () => {
    // Asking whether it may (-l) is no use of a rule.
    const done = calls().filter((words) => !words.includes('-l'));
    const said = new Set(done.map((words) => `/usr/bin/${commandOf(words).join(' ')}`));
    const allowed = (rules[0] ?? '').split('NOPASSWD: ')[1]?.split(', ') ?? [];
    expect([...said].sort()).to.deep.equal([...allowed].sort());
    expect(said.size).to.equal(3);
  });

  describe('in the real sudo', () => {
    before(needs('root', 'sudo', 'visudo', 'unshare', 'systemctl'));

    /** Asks sudo with our file alone in the place of its own, in a mount namespace: nothing of this machine changes. */
    const allows = (words: readonly string[]): boolean => {
      const sudoers = join(folder(), 'sudoers');
      writeFileSync(sudoers, file, { mode: 0o440 });
      const inside = 'mount --bind "$1" /etc/sudoers && shift && exec sudo -n -l -U nobody "$@"';
      const ran = spawnSync('unshare', ['--mount', 'sh', '-ec', inside, 'sh', sudoers, ...words], {
        encoding: 'utf8',
      });
      expect(ran.stderr, ran.stdout).to.equal('');
      return ran.status === 0;
    };

    it('pass visudo as they are printed', () => {
      const sudoers = join(folder(), 'checked');
      writeFileSync(sudoers, file, { mode: 0o440 });
      const ran = spawnSync('visudo', ['-cf', sudoers], {
        encoding: 'utf8',
        env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` },
      });
      expect([ran.status, ran.stderr]).to.deep.equal([0, '']);
    });

    it('match every command that the builders give to sudo', () => {
      const all = calls();
      expect(all.length).to.be.greaterThan(5);
      for (const words of all) expect(allows(commandOf(words)), words.join(' ')).to.equal(true);
    });

    it('match nothing else', () => {
      for (const words of [
        ['systemctl', 'restart', 'ssh.service'],
        ['systemctl', 'restart', 'shop-web.1.service', 'ssh.service'],
        ['systemctl', 'restart', 'shop-webx1.service'],
        ['systemctl', 'edit', 'shop-web.1.service'],
        ['systemctl', '--now', 'stop', 'shop-web.1.service'],
        ['systemctl'],
        ['sh'],
      ])
        expect(allows(words), words.join(' ')).to.equal(false);
    });
  });
});
