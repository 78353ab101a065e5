import { defineStep } from '../src/step/declare/define.ts';

export default defineStep({
  name: 'init',
  summary: 'writes a first canopy.yml and Jenkinsfile, or shows the host keys of the servers',
  description: `A canopy.yml that stands in the folder is never overwritten. --scan writes nothing: it prints the fingerprints of the servers of
--host, or of canopy.yml, to compare with what their owners see, and the lines for known_hosts.`,
  params: {
    app: { type: 'string', describe: 'the name of the application: small letters, digits and -' },
    scan: { type: 'boolean', describe: 'print the host keys to compare; writes nothing' },
    host: { type: 'list', describe: 'the servers', placeholder: 'USER@HOST,…' },
    path: {
      type: 'string',
      describe: 'where it lives on a server (default /srv/APP)',
      placeholder: 'FOLDER',
    },
    unit: { type: 'string', describe: 'the systemd unit that runs it (default APP)', placeholder: 'NAME' },
    port: { type: 'integer', describe: 'the port on which an instance answers', default: 3000 },
    health: {
      type: 'string',
      describe: 'the path that tells whether it is healthy',
      default: '/health',
      placeholder: 'PATH',
    },
    files: {
      type: 'list',
      describe:
        'what is sent to the servers (default: dist and package.json where package.json has a build script, else all)',
      placeholder: 'FILE,FOLDER',
    },
  },
  secrets: [],
  uses: [],
  docs: ['jenkins', 'security'],
  examples: [
    { command: 'canopy init --scan --host deploy@10.0.0.11', says: 'the host key that this server shows' },
    {
      command: 'canopy init --app shop --host deploy@10.0.0.11,deploy@10.0.0.12',
      says: 'two servers with systemd',
    },
  ],
  run: async ({ params, open, cwd, config }) => {
    const { canopyYml, readProject, scanKeys, scanText, writeFirst } = await import('../src/init/index.ts');
    const { readConfig } = await import('../src/config/index.ts');
    const { app, port, health } = params;
    if (params.scan) {
      const configured = async () =>
        Object.values((await config()).environments).flatMap((item) =>
          item.instances.flatMap((one) => one.host ?? []),
        );
      const scanned = await scanKeys(
        params.host.length > 0 ? params.host : await configured(),
        await open.keyScan(),
      );
      return {
        outcome: scanned.failed.length > 0 ? 'failed' : 'done',
        data: { ...scanned },
        text: scanText(scanned),
      };
    }
    if (app === null) {
      const { fail } = await import('../src/errors/common.ts');
      throw fail('usage', { reason: 'init needs --app NAME', step: 'init' });
    }
    const project = await readProject(cwd, await open.files());
    const answers = {
      ...project,
      app,
      port,
      health,
      hosts: params.host.length > 0 ? params.host : ['deploy@10.0.0.11'],
      path: params.path ?? `/srv/${app}`,
      unit: params.unit ?? app,
      files: params.files.length > 0 ? params.files : project.files,
    };
    // What is written has to be right: wrong answers are told before anything is.
    readConfig(canopyYml(answers), `${cwd}/canopy.yml`, { HOME: cwd });
    const { written, kept } = await writeFirst(answers, cwd, await open.files());
    const lines = [...written.map((file) => `wrote ${file}`), ...kept.map((file) => `kept ${file}`)];
    return {
      outcome: 'done',
      data: { written, kept },
      text: [
        ...lines,
        ...(params.host.length > 0 ? [] : ['10.0.0.11 is a placeholder: write your servers into instances']),
        'next: look at it, then canopy explain config',
      ].join('\n'),
    };
  },
});
