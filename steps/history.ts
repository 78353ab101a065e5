import { defineStep } from '../src/step/declare/define.ts';

export default defineStep({
  name: 'history',
  summary: 'what happened: deploys, rollbacks, shares, flags and locks, the newest first',
  description: `From the audit stream in the store: when, who, what, the release and the one before it, how it ended and why. The commits between
the two releases come from the clone in this folder. An action without an outcome died or is running; where an entry must be missing, a
gap is shown. --dora: how often is deployed, how long a commit takes, how much fails, how fast that is mended.`,
  params: {
    environment: {
      type: 'string',
      describe: 'one environment; everything when left out',
      placeholder: 'NAME',
    },
    limit: { type: 'integer', describe: 'so many actions', default: 20 },
    since: { type: 'duration', describe: 'only what is not older than this: 12h, 7d' },
    release: { type: 'string', describe: 'only what concerns this release', placeholder: 'ID' },
    commits: { type: 'integer', describe: 'so many commits a release; 0: none', default: 5 },
    dora: {
      type: 'boolean',
      describe:
        'the four DORA figures of --environment; without it of the stable environment, or of the only one',
    },
  },
  secrets: ['CANOPY_STORE'],
  uses: ['store'],
  examples: [
    { command: 'canopy history --environment production', says: 'the last twenty things that were done' },
    { command: 'canopy history --since 7d --limit 100 --json', says: 'a week of everything, for programs' },
    { command: 'canopy history --dora --since 30d', says: 'the figures of a month' },
  ],
  run: async ({ params, config, open, log, paint }) => {
    const { doraOf, doraTable, history, table } = await import('../src/history/index.ts');
    const { fail } = await import('../src/errors/common.ts');
    const { app, environments, traffic } = await config();
    const wrong = (reason: string): Error => fail('usage', { reason, step: 'history' });
    if (params.limit < 1) throw wrong('--limit must be 1 or more');
    if (params.commits < 0) throw wrong('--commits must be 0 or more');
    const now = open.clock.now();
    const since = params.since === null ? null : now - params.since;
    const names = Object.keys(environments);
    const ports = { store: await open.store(), git: open.git, log };
    if (params.dora) {
      const environment =
        params.environment ?? traffic?.stable ?? (names.length === 1 ? names[0] : undefined);
      if (environment === undefined) throw wrong('--dora needs --environment');
      const found = await doraOf(app, { environment, since, now }, ports);
      return { outcome: 'done', data: { dora: found }, text: doraTable(found) };
    }
    const asked = {
      environment: params.environment,
      traffic: [traffic?.stable, traffic?.canary].flatMap((name) => name ?? []),
      limit: params.limit,
      since,
      release: params.release,
      commits: params.commits,
    };
    const found = await history(app, asked, ports);
    return { outcome: 'done', data: { ...found }, text: table(found, paint) };
  },
});
