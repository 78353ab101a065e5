/** What every Host does, whether it is reached by SSH or is this machine. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { argv, script, write, type Command } from '../../../src/commands/core/command.ts';
import { isCanopyError } from '../../../src/errors.ts';
import type { Host, Ran, Task } from '../../../src/ports/ports.ts';
import { endProcess } from '../../support/end-process.ts';
import { tempFolder } from '../../support/temp.ts';
import { waitFor } from '../../support/wait-for.ts';
import { connectionContract } from './host-connections.ts';
import { socketContract } from './host-sockets.ts';

export interface HostFixture {
  readonly host: Host;
  /** What the driver has told so far. */
  readonly told: () => readonly string[];
}

export function hostContract(fixture: () => HostFixture): void {
  const folder = tempFolder();
  const run = (command: Command, more: Partial<Task> = {}, signal?: AbortSignal): Promise<Ran> =>
    fixture().host.run({ command, effect: 'change', title: 'try it', ...more }, signal);
  const codeOf = async (work: Promise<unknown>): Promise<string> => {
    try {
      await work;
    } catch (error) {
      if (isCanopyError(error)) return error.code;
      throw error;
    }
    return 'no error';
  };

  it('gives exit code, output and errors apart', async () => {
    expect(await run(script('echo out; echo err >&2; exit 3'))).to.deep.equal({
      code: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('takes words on standard error for no failure', async () => {
    expect(await run(script('echo warning >&2'))).to.deep.equal({ code: 0, stdout: '', stderr: 'warning\n' });
  });

  it('gives the code of a shell for a command that a signal ended', async () => {
    expect((await run(script('kill -9 $$'))).code).to.equal(137);
  });

  it('says 127 for a program that is not there', async () => {
    expect((await run(argv('no-such-program-here'))).code).to.equal(127);
  });

  it('closes the standard input when there is none', async () => {
    expect(await run(script('cat; echo end'), { timeoutMs: 10_000 })).to.deep.equal({
      code: 0,
      stdout: 'end\n',
      stderr: '',
    });
  });

  it('sends a file of 5 MB byte for byte and tells how far it is', async () => {
    const file = join(folder(), 'big');
    const bytes = randomBytes(5 * 1024 * 1024 + 17);
    writeFileSync(file, bytes);
    const sent: number[] = [];
    const ran = await run(argv('sha256sum'), { input: { file, onSent: (count) => sent.push(count) } });
    expect(ran.stdout.slice(0, 64)).to.equal(createHash('sha256').update(bytes).digest('hex'));
    expect(sent.at(-1)).to.equal(bytes.length);
    expect(sent).to.deep.equal([...sent].sort((a, b) => a - b));
  });

  it('sends bytes ahead of a file, and counts them', async () => {
    const file = join(folder(), 'behind');
    writeFileSync(file, 'file');
    const sent: number[] = [];
    const input = { front: Buffer.from('front '), file, onSent: (count: number) => sent.push(count) };
    expect((await run(argv('cat'), { input })).stdout).to.equal('front file');
    expect(sent).to.deep.equal([6, 10]);
  });

  it('ends well when the command does not read its input to the end', async () => {
    const file = join(folder(), 'unread');
    writeFileSync(file, Buffer.alloc(8 * 1024 * 1024));
    expect((await run(script('head -c 10 >/dev/null; exit 75'), { input: { file } })).code).to.equal(75);
  });

  it('does not run a command whose input cannot be read', async () => {
    const mark = join(folder(), 'mark');
    const input = { file: join(folder(), 'absent') };
    expect(await codeOf(run(argv('touch', mark), { input }))).to.equal('input-unreadable');
    expect(existsSync(mark)).to.equal(false);
  });

  it('hands on each line as it comes, from both streams', async () => {
    const lines: string[] = [];
    const gate = join(folder(), 'gate');
    const running = run(
      script(
        'echo one; printf "two\\r\\n" >&2; for i in $(seq 200); do [ -e "$1" ] && break; sleep 0.05; done; printf last',
        gate,
      ),
      {
        onLine: (line, stream) => lines.push(`${stream} ${line}`),
      },
    );
    await waitFor('the first lines before the end', () => lines.length === 2);
    writeFileSync(gate, '');
    await running;
    expect([...lines].sort()).to.deep.equal(['err two', 'out last', 'out one']);
  });

  it('keeps a character whole whose bytes come apart', async () => {
    const lines: string[] = [];
    const ran = await run(script("printf '\\303'; sleep 0.2; printf '\\244\\n'"), {
      onLine: (line) => lines.push(line),
    });
    expect(ran.stdout).to.equal('ä\n');
    expect(lines).to.deep.equal(['ä']);
  });

  it('keeps the last MiB of a long output, and hands on all of it', async () => {
    let count = 0;
    const ran = await run(script('seq 1 600000; echo end'), { onLine: () => (count += 1) });
    expect(count).to.equal(600_001);
    expect(ran.stdout.length).to.equal(1024 * 1024);
    expect(ran.stdout.endsWith('600000\nend\n')).to.equal(true);
  });

  it('runs a command of 300 kB', async () => {
    const file = join(folder(), 'long');
    const text = "it's long\n".repeat(30_000);
    expect((await run(write(file, text))).code).to.equal(0);
    expect(readFileSync(file, 'utf8')).to.equal(text);
  });

  it('runs a command of 300 kB with a file as its input', async () => {
    const file = join(folder(), 'long-with-input');
    const input = join(folder(), 'input');
    writeFileSync(input, 'the input\n'.repeat(1000));
    const text = 'ü$`"\\\n'.repeat(40_000);
    const command: Command = { kind: 'and', parts: [write(file, text), argv('sha256sum')] };
    const ran = await run(command, { input: { file: input } });
    expect(readFileSync(file, 'utf8')).to.equal(text);
    expect(ran.stdout.slice(0, 64)).to.equal(createHash('sha256').update(readFileSync(input)).digest('hex'));
  });

  // Not every sshd passes a signal on, as root it may not: what is left over is ended here.
  const pids: string[] = [];
  after(() => pids.forEach((pid) => endProcess(Number(pid))));
  const forever = script('echo $$; exec sleep 60');

  it('ends a command at its time limit', async () => {
    const running = run(forever, { timeoutMs: 300, onLine: (pid) => pids.push(pid) });
    expect(await codeOf(running)).to.equal('remote-timeout');
  });

  it('ends a command when it is told to stop', async () => {
    const stop = new AbortController();
    const before = pids.length;
    const running = run(forever, { onLine: (pid) => pids.push(pid) }, stop.signal);
    await waitFor('the command to begin', () => pids.length > before);
    stop.abort();
    expect(await codeOf(running)).to.equal('remote-stopped');
  });

  it('starts nothing when it was told to stop before', async () => {
    const mark = join(folder(), 'aborted');
    expect(await codeOf(run(argv('touch', mark), {}, AbortSignal.abort()))).to.equal('remote-stopped');
    expect(existsSync(mark)).to.equal(false);
  });

  it('waits for no daemon that has an output of its own', async () => {
    const before = fixture().told().length;
    const ran = await run(script('nohup sleep 20 >/dev/null 2>&1 </dev/null & echo $!'));
    process.kill(Number(ran.stdout));
    expect(ran.code).to.equal(0);
    expect(fixture().told().slice(before)).to.deep.equal([]);
  });

  it('waits for no daemon that keeps our output open, and says so', async () => {
    const ran = await run(script('echo out; sleep 20 & echo $!'));
    process.kill(Number(ran.stdout.split('\n')[1]));
    expect(ran.code).to.equal(0);
    expect(fixture().told().at(-1)).to.match(/try it: a process that it started still writes/);
  });

  it('runs twenty commands at once', async () => {
    const all = Array.from({ length: 20 }, (_, at) => run(script('sleep 0.1; echo "$1"', String(at))));
    expect((await Promise.all(all)).map((ran) => ran.stdout.trim())).to.deep.equal(
      all.map((_, at) => String(at)),
    );
  });

  it('runs many that end at once, and is refused none', async () => {
    const all = Array.from({ length: 120 }, () => run(script('exit 3')));
    expect((await Promise.all(all)).filter((ran) => ran.code !== 3)).to.deep.equal([]);
  });

  describe('connections', () => connectionContract(fixture));
  describe('sockets', () => socketContract(fixture));
}
