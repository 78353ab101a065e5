import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, truncateSync, writeFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { pack } from 'tar-stream';
import { openArchive } from '../../src/drivers/archive/archive.ts';
import { openFiles } from '../../src/drivers/files.ts';
import { tempFolder } from '../support/temp.ts';
import { thrown } from '../support/thrown.ts';
import { packageSetting, readArtifact, type PackageSetting } from './setting.ts';

type Header = Parameters<ReturnType<typeof pack>['entry']>[0];

describe('artifact/read', () => {
  const parent = tempFolder();
  const packaged = async (): Promise<PackageSetting & { file: string; manifest: string }> => {
    const setting = packageSetting(parent(), (made) => (made.write('dist/a'), {}));
    const { artifact } = await setting.package();
    const file = join(setting.folder, artifact);
    return { ...setting, file, manifest: file.replace(/tgz$/, 'json') };
  };

  it('reads the archive, its manifest or the newest', async () => {
    const { folder, ports, file, manifest } = await packaged();
    for (const path of [file, manifest, null, file.slice(folder.length + 1)]) {
      const artifact = await readArtifact({ path, folder, app: 'shop' }, ports);
      expect(artifact.file).to.equal(file);
      expect(artifact.manifest.files).to.have.keys('dist/a', 'package.json');
    }
  });

  it('says what is not there', async () => {
    const { folder, ports, file } = await packaged();
    expect((await thrown(readArtifact({ path: null, folder: parent() }, ports))).code).to.equal(
      'artifact-none',
    );
    expect((await thrown(readArtifact({ path: 'x.tgz', folder }, ports))).code).to.equal('artifact-missing');
    expect((await thrown(readArtifact({ path: 'x.zip', folder }, ports))).code).to.equal('artifact-missing');
    renameSync(file, `${file}.away`);
    expect((await thrown(readArtifact({ path: null, folder }, ports))).message).to.contain(
      'there is no archive',
    );
  });

  it('refuses an artifact of another application', async () => {
    const { folder, ports } = await packaged();
    expect((await thrown(readArtifact({ path: null, folder, app: 'blog' }, ports))).code).to.equal(
      'artifact-app',
    );
  });

  it('refuses changed and cut archives', async () => {
    const { folder, ports, file } = await packaged();
    truncateSync(file, 100);
    const error = await thrown(readArtifact({ path: null, folder }, ports));
    expect(error.code).to.equal('artifact-hash');
    expect(error.message).to.contain(file);
  });

  it('refuses a manifest that is none', async () => {
    const { folder, ports, manifest } = await packaged();
    const good = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>;
    writeFileSync(manifest, JSON.stringify({ ...good, id: '../../x' }));
    expect((await thrown(readArtifact({ path: null, folder }, ports))).message).to.contain('id is missing');
    writeFileSync(manifest, JSON.stringify({ ...good, size: 1 }));
    expect((await thrown(readArtifact({ path: null, folder }, ports))).code).to.equal('artifact-manifest');
  });

  /** An archive as a stranger makes it, with a manifest that agrees. */
  const hostile = async (tgz: Buffer, names: readonly string[] = []): Promise<string> => {
    const folder = mkdtempSync(join(parent(), 'hostile-'));
    const entry = { sha256: 'a'.repeat(64), mode: '0644', size: 1 };
    writeFileSync(join(folder, 'a.tgz'), tgz);
    const manifest = {
      format: 1,
      app: 'shop',
      id: 'a',
      commit: 'a'.repeat(40),
      branch: null,
      version: '1',
      build: { number: null, url: null },
      time: '2026-11-21T09:30:00.000Z',
      sha256: createHash('sha256').update(tgz).digest('hex'),
      size: tgz.length,
      dirty: false,
      key: '',
      files: Object.fromEntries(['a', ...names].map((name) => [name, entry])),
    };
    writeFileSync(join(folder, 'a.json'), JSON.stringify(manifest));
    const ports = { archive: openArchive(), files: openFiles(folder) };
    const error = await thrown(readArtifact({ path: 'a.tgz', folder }, ports));
    return `${error.code}: ${error.message.slice(error.message.indexOf('a.tgz') + 5).replace(/^:? /, '')}`;
  };
  const tgz = async (...headers: Header[]): Promise<Buffer> => {
    const tar = pack();
    for (const header of headers)
      tar.entry({ mtime: new Date(0), ...header }, header.type === undefined ? 'x' : '');
    tar.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of tar) chunks.push(chunk as Buffer);
    return gzipSync(Buffer.concat(chunks));
  };

  it('refuses hostile members before anything is unpacked', async () => {
    const told = async (...headers: Header[]): Promise<string> =>
      hostile(await tgz({ name: 'a' }, ...headers));
    expect(await told({ name: '../x' })).to.equal('archive-member: the member "../x" has .. in its name');
    expect(await told({ name: '/x' })).to.contain('has an absolute name');
    expect(await told({ name: 'd', type: 'block-device' })).to.contain('is neither a file');
    expect(await told({ name: 'p', type: 'fifo' })).to.contain('is neither a file');
    expect(await told({ name: 'l', type: 'symlink', linkname: '/etc' })).to.contain('absolute target');
    expect(await told({ name: 'l', type: 'link', linkname: '../x' })).to.contain('leaves the tree');
    expect(await told({ name: 'a' })).to.contain('stands in it twice');
    expect(await told({ name: 'other' })).to.contain('is not in the manifest');
    expect(await told({ name: 's', mode: 0o4755 })).to.contain('setuid');
    expect(await hostile(await tgz({ name: 'b' }), ['b'])).to.contain(
      '"a" is in the manifest but not in the archive',
    );
  });

  it('refuses extended headers that other tars read otherwise', async () => {
    const sparse = await tgz({ name: 'a', pax: { 'GNU.sparse.name': '../x' } });
    expect(await hostile(sparse)).to.contain('has the extended header "GNU.sparse.name"');
    const global = Buffer.alloc(1024);
    const member = (await tarBytes(await tgz({ name: 'a' }))).subarray(0, 512);
    member.copy(global);
    global.write('g', 156);
    global.write('00000000021 ', 124);
    global.write('17 path=../../xyz\n'.slice(0, 17), 512);
    checksum(global);
    const whole = Buffer.concat([global, await tarBytes(await tgz({ name: 'a' }))]);
    expect(await hostile(gzipSync(whole))).to.contain('headers in front of it that are not ours');
  });

  it('refuses what is no archive, and endless zeros', async () => {
    expect(await hostile(Buffer.from('hello'))).to.match(/^archive-broken: cannot be read/);
    expect(await hostile(gzipSync('hello'.repeat(300)))).to.match(/^archive-broken/);
    const whole = await tgz({ name: 'a' });
    expect(await hostile(whole.subarray(0, whole.length - 9))).to.match(/^archive-broken/);
    const archive = openArchive();
    const file = join(parent(), 'zeros.tgz');
    writeFileSync(file, gzipSync(Buffer.concat([await tarBytes(whole), Buffer.alloc(3_000_000)])));
    const error = await thrown(archive.inspect(file, 1_000_000, () => undefined));
    expect(error.message).to.contain('unpacks to more than');
  });

  it('reads what GNU tar makes by the same rules', async () => {
    const folder = mkdtempSync(join(parent(), 'gnu-'));
    writeFileSync(join(folder, 'a'), 'x');
    const made = execFileSync('tar', [
      '-czf',
      '-',
      '-C',
      folder,
      '--format=gnu',
      'a',
      '--transform=s,^,/../,',
      '-P',
      'a',
    ]);
    expect(await hostile(made)).to.match(/^archive-member/);
  });
});

const tarBytes = async (tgz: Buffer): Promise<Buffer> => (await import('node:zlib')).gunzipSync(tgz);

function checksum(header: Buffer): void {
  header.fill(' ', 148, 156);
  const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
}
