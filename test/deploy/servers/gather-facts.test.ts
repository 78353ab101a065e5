import { expect } from 'chai';
import type { Instance } from '../../../src/config/types.ts';
import { tryAll } from '../../../src/deploy/servers/gather-facts.ts';
import { fail, type CanopyError } from '../../../src/errors.ts';
import type { Host, Ssh } from '../../../src/ports/ports.ts';

/** Servers that fail in their own way: on the way there, or when they are asked. */
const reach = (way: CanopyError | null, asked?: CanopyError) => {
  const ssh: Ssh = {
    host: async () => {
      if (way !== null) throw way;
      return {
        run: async () => {
          throw asked ?? new Error('not asked for here');
        },
      } as unknown as Host;
    },
    close: async () => undefined,
  };
  return { ssh: async () => ssh, local: async () => ssh };
};
const named = (name: string): Instance =>
  ({
    name,
    path: '/srv/shop',
    host: 'x',
    driver: 'ssh',
    shared: [],
    docker: null,
    service: { kind: 'systemd', unit: 'shop' },
  }) as unknown as Instance;
const refused = fail('ssh-refused', { host: '10.0.0.11', port: 22 });

describe('an instance that cannot be asked', () => {
  const cases: [what: string, name: string, ReturnType<typeof reach>, message: string][] = [
    ['is named', 'web-1', reach(refused), 'web-1: connection refused by 10.0.0.11 port 22'],
    [
      'is named though its name stands in the message by chance',
      'e',
      reach(refused),
      'e: connection refused by 10.0.0.11 port 22',
    ],
    [
      'is named beside an address that begins like it',
      'web-1',
      reach(fail('ssh-refused', { host: 'web-10.example.org', port: 22 })),
      'web-1: connection refused by web-10.example.org port 22',
    ],
    [
      'is named once',
      'web-1',
      reach(null, fail('ssh-lost', { host: 'web-1', title: 'read the facts' })),
      'the connection to web-1 was lost while it ran: read the facts',
    ],
    [
      'is named for what is no matter of a host',
      'key',
      reach(fail('ssh-key-file', { file: 'key', reason: 'it is empty' })),
      'key: cannot use the SSH key key: it is empty',
    ],
  ];
  for (const [what, name, servers, message] of cases)
    it(what, async () => {
      const { problems } = await tryAll([named(name)], servers, 1);
      expect(problems.map((item) => item.message)).to.deep.equal([message]);
    });
});
