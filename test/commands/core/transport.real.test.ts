import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  argv,
  hidden,
  inline,
  script,
  user,
  write,
  type Command,
} from '../../../src/commands/core/command.ts';
import { hasSecrets, loginLine, sentAs } from '../../../src/commands/core/transport.ts';
import { betweenMarks } from '../../../src/drivers/machine/between-marks.ts';
import { needs } from '../../support/needs.ts';
import { pathOf } from '../../support/ssh/shells.ts';
import { tempFolder } from '../../support/temp.ts';

const token = 'f00dfacef00dfacef00dfacef00dface';
const loginShells = {
  bash: ['bash'],
  dash: ['dash'],
  zsh: ['zsh'],
  ksh: ['ksh'],
  fish: ['fish'],
  tcsh: ['tcsh'],
  busybox: ['busybox', 'sh'],
  'restricted bash': ['bash', '-r'],
};

interface Ended {
  readonly begun: boolean;
  readonly code: number | null;
  readonly exit: number | null;
  readonly stdout: string;
}

/** As sshd does it: the login shell gets the line, the rest comes by standard input, in pieces. */
function run(
  [program = '', ...options]: readonly string[],
  command: Command,
  given: {
    readonly path?: string;
    readonly input?: Buffer;
    readonly piece?: number;
    readonly cut?: number;
  } = {},
): Promise<Ended> {
  const sent = sentAs(command, token, given.input !== undefined);
  const child = spawn(program, [...options, '-c', loginLine(sent.words)], {
    env: { ...process.env, HOME: '/nonexistent', ...(given.path === undefined ? {} : { PATH: given.path }) },
  });
  const taken: Buffer[] = [];
  const out = betweenMarks(token, (chunk) => taken.push(chunk));
  child.stdout.on('data', (chunk: Buffer) => out.add(chunk));
  child.stderr.resume();
  child.stdin.on('error', () => undefined); // It may end before it has read all.
  const bytes = Buffer.concat([sent.before ?? Buffer.alloc(0), given.input ?? Buffer.alloc(0)]).subarray(
    0,
    given.cut,
  );
  const piece = given.piece ?? bytes.length;
  const feed = (at: number): void => {
    if (at >= bytes.length) return void child.stdin.end();
    child.stdin.write(bytes.subarray(at, at + piece), () => setImmediate(feed, at + piece));
  };
  feed(0);
  return new Promise((resolve) => {
    child.on('close', (exit) => {
      out.flush();
      resolve({ begun: out.begun, code: out.code, exit, stdout: Buffer.concat(taken).toString() });
    });
  });
}

const show = 'for word in "$@"; do printf "%s\\0" "$word"; done';
const hostile = [
  "it's",
  '!',
  '!!',
  '\\',
  '\\\\',
  "\\'",
  '\\0041',
  '%',
  '%s',
  '$HOME',
  '`id`',
  '\n',
  '\r\n',
  '\t',
  'ü🙂',
  '"',
  '',
  ' ',
  '{a,b}',
  '^x^',
  '~',
  '#',
  '\u0001',
  'end',
];

for (const [name, shell] of Object.entries(loginShells)) {
  describe(`commands through ${name}`, () => {
    before(needs(shell[0] ?? ''));

    it('pass every word as it is, whichever way they come', async () => {
      const word = fc
        .oneof(fc.constantFrom(...hostile), fc.string({ unit: 'grapheme', maxLength: 12 }))
        .filter((text) => !text.includes('\0') && text.isWellFormed());
      await fc.assert(
        fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 12 }), async (words) => {
          for (const make of [inline, hidden, script]) {
            const ran = await run(shell, make(show, ...words));
            expect([ran.code, ran.exit, ran.stdout.split('\0').slice(0, -1)]).to.deep.equal([0, 0, words]);
          }
        }),
        { numRuns: 4, examples: [[hostile]] },
      );
    });

    it('end with their own code', async () => {
      for (const code of [0, 1, 64, 75, 124, 255]) {
        const command = inline('exit "$1"', String(code));
        expect(await run(shell, command)).to.deep.equal({ begun: true, code, exit: code, stdout: '' });
        expect((await run(shell, hidden('exit "$1"', String(code)))).code).to.equal(code);
      }
    });

    it('leave what follows to the command, to the byte, however it comes', async () => {
      const input = Buffer.from('the input\n\0ü'.repeat(2000));
      for (const piece of [7, 4096, 65_536]) {
        const ran = await run(shell, hidden('echo "$1"; cat', 'first ü'), { input, piece });
        expect([ran.code, ran.stdout]).to.deep.equal([0, `first ü\n${input.toString()}`]);
      }
      expect((await run(shell, argv('cat'), { input })).stdout).to.equal(input.toString());
    });

    it('may be as long as they like', async () => {
      const long = "it's long ü!\\\n".repeat(12_000);
      expect((await run(shell, inline('printf %s "$1" | wc -c', long))).stdout.trim()).to.equal(
        String(Buffer.byteLength(long)),
      );
      const ran = await run(shell, hidden('printf %s "$1" | wc -c; cat', long), {
        input: Buffer.from('rest'),
        piece: 50_000,
      });
      expect(ran.stdout.replace(/\s/g, '')).to.equal(`${Buffer.byteLength(long)}rest`);
    });

    it('are not run in part when they are cut off on the way', async () => {
      const command = hidden(`echo begun; ${': filler; '.repeat(500)}`);
      for (const hasInput of [false, true]) {
        const whole = sentAs(command, token, hasInput).before?.length ?? 0;
        for (const cut of [0, 3, 700, Math.floor(whole / 2), whole - 20]) {
          const ran = await run(shell, command, { cut, ...(hasInput ? { input: Buffer.alloc(0) } : {}) });
          expect([cut, ran.begun, ran.code, ran.stdout]).to.deep.equal([cut, false, null, '']);
        }
      }
    });
  });
}

for (const sh of ['dash', 'bash', 'busybox'] as const) {
  describe(`commands through a login shell, by ${sh} as sh`, () => {
    before(needs(sh));
    const folder = tempFolder();
    let path = '';
    before(() => (path = pathOf(join(folder(), sh), sh)));

    it('pass words and input, short and long', async () => {
      const long = 'ü'.repeat(100_000);
      const input = Buffer.from('rest');
      const at = { path, input, piece: 1000 };
      for (const shell of [['/bin/bash'], ['/bin/dash']]) {
        expect((await run(shell, inline(show, ...hostile), { path })).stdout).to.equal(
          `${hostile.join('\0')}\0`,
        );
        expect((await run(shell, hidden(show, ...hostile), { path })).stdout).to.equal(
          `${hostile.join('\0')}\0`,
        );
        expect((await run(shell, hidden('printf %s "$1"; cat', long), at)).stdout).to.equal(`${long}rest`);
        expect((await run(shell, hidden('exit 75'), at)).code).to.equal(75);
      }
    });
  });
}

describe('what stands in the line', () => {
  it('is nothing that others must not see', () => {
    const secret = 'hush';
    const commands: Command[] = [
      user(`curl -H 'token: ${secret}' localhost`),
      user('env', { env: { PASSWORD: secret } }),
      write('/srv/env', `PASSWORD=${secret}`, '0600'),
      hidden('put "$1"', secret),
    ];
    for (const command of commands) {
      for (const whole of [
        command,
        { kind: 'and', parts: [argv('true'), { kind: 'when', test: argv('true'), then: command }] } as const,
      ]) {
        expect(hasSecrets(whole)).to.equal(true);
        for (const hasInput of [true, false]) {
          const sent = sentAs(whole, token, hasInput);
          expect(loginLine(sent.words)).not.to.contain(secret);
          expect(sent.before?.toString()).to.contain(secret);
        }
      }
    }
  });

  it('is the command, in one go, when nothing of it is secret', () => {
    const sent = sentAs(argv('touch', '/srv/shop/it is'), token, false);
    expect(sent.before).to.equal(null);
    expect(loginLine(sent.words))
      .to.match(/^[\x20-\x7e]*$/)
      .and.to.contain('touch \\0047/srv/shop/it is\\0047');
  });
});
