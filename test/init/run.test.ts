import { expect } from 'chai';
import { CanopyError } from '../../src/errors.ts';
import { writeFirst } from '../../src/init/index.ts';
import { fakeFiles } from '../fakes/files.ts';

const answers = {
  app: 'shop',
  hosts: ['deploy@10.0.0.11'],
  path: '/srv/shop',
  unit: 'shop',
  port: 3000,
  health: '/health',
  files: ['dist'],
  build: [],
  tests: null,
};

describe('init on files', () => {
  it('writes canopy.yml and Jenkinsfile, and keeps artifacts out of git', async () => {
    const files = fakeFiles('/app', { '/app/.gitignore': 'node_modules' });
    expect(await writeFirst(answers, '/app', files)).to.deep.equal({
      written: ['/app/canopy.yml', '/app/.gitignore', '/app/Jenkinsfile'],
      kept: [],
    });
    expect(await files.read('/app/.gitignore')).to.equal('node_modules\n.canopy/\nreports/\n');
    expect(await files.read('/app/Jenkinsfile')).to.contain('canopyPipeline(');
  });

  it('writes nothing when one of its files cannot be written', async () => {
    const files = fakeFiles('/app', { '/app/.gitignore/x': '' });
    const refused = await writeFirst(answers, '/app', files).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(CanopyError).with.property('code', 'output-file');
    expect([...files.stored.keys()]).to.deep.equal(['/app/.gitignore/x']);
  });

  it('overwrites neither', async () => {
    const files = fakeFiles('/app', {
      '/app/Jenkinsfile': 'mine',
      '/app/.gitignore': 'reports/\n.canopy/\n',
    });
    expect(await writeFirst(answers, '/app', files)).to.deep.equal({
      written: ['/app/canopy.yml'],
      kept: ['/app/Jenkinsfile'],
    });
    expect(await files.read('/app/Jenkinsfile')).to.equal('mine');
    const again = await writeFirst(answers, '/app', files).catch((error: unknown) => error);
    expect(again).to.be.instanceOf(CanopyError).with.property('code', 'init-exists');
  });
});
