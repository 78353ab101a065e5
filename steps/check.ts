import { defineStep } from '../src/step/declare/define.ts';

export default defineStep({
  name: 'check',
  summary: 'the gates of a release: tests, coverage and lint as one verdict',
  description: `Runs the commands of checks in canopy.yml, reads their reports (JUnit XML, istanbul JSON, eslint JSON; shards are merged) and
compares them with the thresholds. A gate that says no is exit code 3. The commands see none of our secrets.`,
  params: {
    only: { type: 'list', describe: 'only these gates: tests, coverage, lint', placeholder: 'GATE,…' },
  },
  secrets: [],
  uses: ['checks'],
  docs: ['checks'],
  examples: [
    { command: 'canopy check', says: 'all gates' },
    { command: 'canopy check --only tests,lint', says: 'some of them' },
  ],
  run: async ({ params, config, open, log, signal }) => {
    const { runChecks } = await import('../src/checks/index.ts');
    const { checks, folder } = await config();
    const ports = { exec: await open.exec(), files: await open.files(), log };
    const { verdict, gates, table } = await runChecks(checks, folder, ports, { only: params.only }, signal);
    return { outcome: verdict.outcome, reasons: verdict.reasons, data: { gates, table }, text: table };
  },
});
