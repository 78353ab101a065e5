import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { needs } from '../support/needs.ts';
import { tempFolder } from '../support/temp.ts';

describe('the folder that sshd wants while tests run', () => {
  before(needs('root'));
  const folder = tempFolder();
  const url = pathToFileURL(resolve('scripts/support/run-folder.mjs')).href;

  /** Whether it was there while the process ran. */
  function during(path: string): string {
    const text = `import { existsSync } from 'node:fs';
const { makeRunFolder } = await import('${url}');
makeRunFolder(process.argv[1]);
console.log(existsSync(process.argv[1]));`;
    const words = ['--input-type=module', '-e', text, path];
    return spawnSync(process.execPath, words, { encoding: 'utf8' }).stdout.trim();
  }

  it('is made, and taken away at the end', () => {
    const path = join(folder(), 'made');
    expect([during(path), existsSync(path)]).to.deep.equal(['true', false]);
  });

  it('stays when it was there before', () => {
    const path = join(folder(), 'there');
    mkdirSync(path);
    expect([during(path), existsSync(path)]).to.deep.equal(['true', true]);
  });
});
