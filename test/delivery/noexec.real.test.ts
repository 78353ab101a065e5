import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';
import { build, lay, run } from './support.ts';

describe('delivery: run.sh on an agent whose home starts no program', function () {
  this.timeout(60_000);
  before(needs('root', 'npx', 'unshare', 'mount'));
  const temp = tempFolder();
  before(() => mkdirSync(join(temp(), 'home')));

  it('CANOPY_PACKAGE is found where the cache of npx starts no program', async () => {
    const folder = temp();
    lay(join(folder, 'package'), {
      ...build('1.2.3'),
      'package.json': JSON.stringify({
        ...{ name: 'canopy-delivery', version: '1.2.3', type: 'module' },
        bin: { canopy: 'dist/bin/canopy.js' },
      }),
      'dist/bin/canopy.js': '#!/usr/bin/env node\n',
    });
    spawnSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: join(folder, 'package') });
    const mounts = 'mount --bind "$0" "$0" && mount -o remount,noexec,bind "$0" && exec sh "$@"';
    lay(folder, { apart: `#!/bin/sh\nexec unshare -m sh -c '${mounts}' '${folder}' "$@"\n` });
    chmodSync(join(folder, 'apart'), 0o755);
    const given = {
      CANOPY_RUN_VERSION: '1.2.3',
      npm_config_offline: 'true',
      CANOPY_PACKAGE: join(folder, 'canopy-delivery-1.2.3.tgz'),
    };
    const ended = await run(folder, given, join(folder, 'apart'));
    expect(ended.answer, ended.output).to.equal('{"step":"deploy","exit":0}');
  });
});
