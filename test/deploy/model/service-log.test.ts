import { expect } from 'chai';
import { logIn } from '../../../src/deploy/model/service/service-log.ts';

const hint = `Hint: You are currently not seeing messages from other users and the system.
      Users in groups 'adm', 'systemd-journal' can see all messages.
      Pass -q to turn off this notice.`;
const denied = '(no log: the SSH user may not read the journal; add it to the group systemd-journal)';

describe('the log of a service as a server tells it', () => {
  for (const [title, answer, log, manager] of [
    [
      'own lines, apart from those of systemd',
      { stdout: 'own\ta\nown\t\nmanager\tStarted x.\nown\t  b\n' },
      ['a', '  b'],
      ['Started x.'],
    ],
    [
      'what is no line of ours is nothing',
      { stdout: 'banner\nowner\tx\nmanager' },
      ['(it has logged nothing since it was started)'],
      [],
    ],
    [
      'systemd alone',
      { stdout: 'manager\tFailed.\n' },
      ['(it has logged nothing since it was started)'],
      ['Failed.'],
    ],
    ['a journal that hides others', { stderr: hint }, [denied], []],
    [
      'a journal that nobody lets read',
      { code: 1, stderr: 'No journal files were opened due to insufficient permissions.' },
      [denied],
      [],
    ],
    ['lines are told whatever else was said', { stdout: 'own\ta\n', stderr: hint }, ['a'], []],
    [
      'another error',
      { code: 127, stderr: 'sh: journalctl: not found\n' },
      ['(no log: sh: journalctl: not found)'],
      [],
    ],
    ['an error that steers', { code: 1, stderr: '\u001b[2Jx' }, ['(no log: \\x1b[2Jx)'], []],
    ['an error without a word', { code: 3 }, ['(no log: exit code 3)'], []],
  ] as const)
    it(title, () =>
      expect(logIn({ code: 0, stdout: '', stderr: '', ...answer })).to.deep.equal({ log, manager }),
    );
});
