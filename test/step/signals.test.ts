import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect } from 'chai';

/** A process of its own, which says what it hears: in this one others hear the same signals, and end it. */
const program = `
import { listen } from ${JSON.stringify(new URL('../../src/step/signals.ts', import.meta.url).href)};
const tell = (text) => console.log(text);
const signals = listen({
  deadlineMs: 60_000,
  hangsUp: true,
  onFirst: (name) => tell('first ' + name),
  onAgain: (name) => tell('again ' + name),
  onDeadline: () => tell('deadline'),
});
signals.signal.addEventListener('abort', () => tell('stop'));
process.stdin.once('data', () => {
  signals.settle();
  tell('settled');
  process.stdin.once('data', () => process.exit(0));
});
tell('ready');
`;

describe('the signals of a step', () => {
  it('begin the safe stop once, and each further one is answered until it has ended', async () => {
    const words = ['--import', 'tsx', '--input-type=module', '--eval', program];
    const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    const heard: string[] = [];
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const until = async (text: string): Promise<void> => {
      for (let line = await lines.next(); !line.done; line = await lines.next()) {
        heard.push(line.value);
        if (line.value === text) return;
      }
      throw new Error(`ended before "${text}": ${heard.join(', ')}`);
    };
    try {
      await until('ready');
      child.kill('SIGINT');
      await until('stop');
      child.kill('SIGINT');
      await until('again SIGINT');
      child.kill('SIGTERM');
      await until('again SIGTERM');
      child.kill('SIGHUP');
      await until('again SIGHUP');
      child.stdin.write('\n');
      await until('settled');
      child.kill('SIGINT');
      child.stdin.write('\n');
      expect(await ended).to.deep.equal([0, null]);
      expect(heard.slice(1)).to.deep.equal([
        'first SIGINT',
        'stop',
        'again SIGINT',
        'again SIGTERM',
        'again SIGHUP',
        'settled',
      ]);
      expect(await lines.next()).to.have.property('done', true);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
