import { defineStep } from '../src/step/declare/define.ts';

export default defineStep({
  name: 'incident',
  summary: 'shows what went wrong and who was told, and answers it',
  description: `canopy watch opens an incident when a rule of canopy.yml holds, and tells people level by level until somebody acknowledges or resolves
it, or it has recovered by itself. A silence keeps a rule or a target quiet for a while: what is red stays visible, nobody is told.`,
  params: {
    action: {
      type: 'choice',
      describe: 'what to do',
      values: ['list', 'show', 'ack', 'resolve', 'silence', 'history'],
      default: 'list',
      positional: 0,
    },
    id: {
      type: 'string',
      describe: 'the incident, like i-abcdefgh; for silence the name of a rule or a target',
      positional: 1,
      placeholder: 'ID',
      actions: ['show', 'ack', 'resolve', 'silence'],
    },
    all: { type: 'boolean', describe: 'also those that are over', actions: ['list'] },
    for: {
      type: 'duration',
      describe: 'so long it counts: 30m, 2h; ack: until it is resolved when left out',
      actions: ['ack', 'silence'],
    },
    since: { type: 'duration', describe: 'what is not older: 12h, 7d', default: '7d', actions: ['history'] },
    reason: { type: 'string', describe: 'why, for others', placeholder: 'TEXT', actions: ['silence'] },
  },
  secrets: ['CANOPY_STORE'],
  uses: ['store'],
  docs: ['watching', 'answering-the-phone'],
  examples: [
    { command: 'canopy incident list', says: 'what is wrong now, and who has it' },
    { command: 'canopy incident ack i-abcdefgh --for 1h', says: 'nobody else is told for an hour' },
    { command: 'canopy incident history --since 1d', says: 'every call, SMS and mail, and how it ended' },
    {
      command: 'canopy incident silence web-2 --for 2h --reason "new disk"',
      says: 'nobody is told of web-2 meanwhile',
    },
  ],
  run: async ({ params, config, open, log, actor }) => {
    const { answerIncident } = await import('../src/incidents/index.ts');
    const { app } = await config();
    const ports = { store: await open.store(), clock: open.clock, log };
    const { action, id, all, for: forMs, since: sinceMs, reason } = params;
    return answerIncident({ app, action, id, all, forMs, sinceMs, reason, by: actor.name }, ports);
  },
});
