import { defineStep } from '../src/step/declare/define.ts';

export default defineStep({
  name: 'package',
  summary: 'builds once and packs a content-addressed artifact',
  description: `Runs artifact.build, collects artifact.files and writes .canopy/artifacts/<id>.tgz with its manifest (commit, version, hash of every
file). The same commit and inputs are not built twice (outcome unchanged). The same bytes always have the same id.
The newest stay (artifact.keep, 10), and those that a deploy, its --resume, a plan or the canary needs; older ones are deleted.`,
  params: {},
  secrets: [],
  uses: ['artifact'],
  docs: ['deploying'],
  examples: [
    { command: 'canopy package', says: 'builds and packs the commit that is checked out' },
    { command: 'canopy package --json', says: 'the artifact, its id and its manifest as JSON' },
  ],
  run: async ({ config, open, log, signal, env }) => {
    const { packageArtifact } = await import('../src/artifact/index.ts');
    const { showSize } = await import('../src/shared/text/units.ts');
    const { app, folder, artifact } = await config();
    const [archive, exec, files, git] = await Promise.all([
      open.archive(),
      open.exec(),
      open.files(),
      open.git(),
    ]);
    const build = { number: env('BUILD_NUMBER') ?? null, url: env('BUILD_URL') ?? null };
    const runtime = `${process.version}-${process.platform}-${process.arch}`;
    const made = await packageArtifact(
      { app, folder, config: artifact, build, runtime, signal },
      { archive, clock: open.clock, exec, files, git, log },
    );
    const { manifest } = made;
    const count = Object.keys(manifest.files).length;
    return {
      outcome: made.outcome,
      data: { artifact: made.artifact, id: manifest.id, manifest, deleted: made.deleted },
      text: `${made.artifact}\n${manifest.id}: ${count} files, ${showSize(manifest.size)}, commit ${manifest.commit.slice(0, 7)}`,
    };
  },
});
