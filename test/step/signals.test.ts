import { expect } from 'chai';
import { listen } from '../../src/step/signals.ts';

describe('the signals of a step', () => {
  const before = process.listeners('SIGTERM');
  const names = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
  const kept = names.map((name) => [name, process.listeners(name)] as const);
  afterEach(() => {
    for (const [name, listeners] of kept)
      for (const heard of process.listeners(name)) if (!listeners.includes(heard)) process.off(name, heard);
    expect(process.listeners('SIGTERM')).to.deep.equal(before);
  });

  it('begin the safe stop once, and each further one is answered until it has ended', () => {
    const heard: string[] = [];
    const signals = listen({
      deadlineMs: 60_000,
      hangsUp: true,
      onFirst: (name) => heard.push(`first ${name}`),
      onAgain: (name) => heard.push(`again ${name}`),
      onDeadline: () => heard.push('deadline'),
    });
    process.emit('SIGINT', 'SIGINT');
    expect(signals.signal.aborted).to.equal(true);
    process.emit('SIGINT', 'SIGINT');
    process.emit('SIGTERM', 'SIGTERM');
    signals.settle();
    process.emit('SIGINT', 'SIGINT');
    expect(heard).to.deep.equal(['first SIGINT', 'again SIGINT', 'again SIGTERM']);
  });
});
