import { expect } from 'chai';
import { createRedactor } from '../../src/step/redact/redact.ts';
import { openReport, type StepReport } from '../../src/step/report.ts';
import { waitFor } from '../support/wait-for.ts';

/** A stream that keeps what is written. */
function memory(isTTY = false) {
  const written: string[] = [];
  const stream = {
    isTTY,
    columns: 80,
    rows: 24,
    writable: true,
    write: (text: string) => (written.push(text), true),
  } as unknown as NodeJS.WriteStream;
  return { stream, text: () => written.join('') };
}

describe('report', () => {
  const opened: StepReport[] = [];
  afterEach(() => {
    for (const report of opened.splice(0)) report.close();
  });
  const open = async (
    over: {
      verbose?: boolean;
      heartbeatMs?: number;
      now?: () => number;
      isTTY?: boolean;
      repeats?: boolean;
    } = {},
  ) => {
    const { stream, text } = memory(over.isTTY);
    const mask = createRedactor();
    mask.add('open-sesame');
    const report = await openReport({ stream, mask, verbose: false, now: Date.now, ...over });
    opened.push(report);
    return { report, text, stream };
  };

  it('writes one line an event, with whom it is about, and every line of a text', async () => {
    const { report, text } = await open();
    report.log.info('starts');
    report.log.info('two\nlines', 'web-1');
    report.log.debug('not told');
    report.log.progress('web-1', 'drawn on terminals only', 0.5);
    expect(text()).to.equal('starts\nweb-1      two\nweb-1      lines\n');
    expect(report.doing()).to.equal('web-1: drawn on terminals only');
  });

  it('tells more with --verbose', async () => {
    const { report, text } = await open({ verbose: true });
    report.log.debug('detail', 'web-1');
    expect(text()).to.equal('web-1      detail\n');
  });

  it('keeps warnings for the result, masked', async () => {
    const { report, text } = await open();
    report.log.warn('it is open-sesame', 'open-sesame');
    expect(report.warnings).to.deep.equal(['[secret]: it is [secret]']);
    expect(text()).to.equal('[secret] warning: it is [secret]\n');
    expect(report.doing()).not.to.contain('sesame');
  });

  it('tells a warning once, a service each time', async () => {
    for (const [repeats, times] of [
      [false, 1],
      [true, 2],
    ] as const) {
      const { report, text } = await open({ repeats });
      for (const about of ['web-1', 'web-1', 'web-2']) report.log.warn('slow', about);
      expect([text().match(/^web-1/gm)?.length, report.warnings.length]).to.deep.equal([times, times + 1]);
    }
  });

  it('says after a silence that the work goes on and with what, and not while there is something to hear', async () => {
    let now = 0;
    let asked = 0;
    const { report, text } = await open({ heartbeatMs: 300, now: () => ((asked += 1), now) });
    report.log.info('sends open-sesame', 'web-1');
    now = 299;
    report.log.info('busy');
    now = 598;
    const before = asked;
    await waitFor('two looks at the clock', () => asked >= before + 2);
    expect(text()).not.to.contain('still');
    report.log.info('sends open-sesame', 'web-1');
    now = 65_598;
    await waitFor('a heartbeat', () =>
      text().includes('still running after 1 min 6 s: web-1: sends [secret]\n'),
    );
    report.close();
  });

  it('is silent for less than 30 s by default', async () => {
    const asked: number[] = [];
    const real = globalThis.setInterval;
    globalThis.setInterval = ((work: () => void, ms: number) => (
      asked.push(ms),
      real(work, ms)
    )) as typeof setInterval;
    try {
      await open();
    } finally {
      globalThis.setInterval = real;
    }
    expect(25_000 + (asked[0] ?? Infinity)).to.be.below(30_000);
  });

  it('draws a line an instance on a terminal, masked', async () => {
    const { report, text } = await open({ isTTY: true });
    report.log.progress('web-1', 'upload open-sesame', 0.5);
    report.log.progress('web-2', 'waits');
    expect(text())
      .to.contain('web-1      [##########..........]  50 % upload [secret]')
      .and.to.contain('web-2');
    report.say('the end');
    expect(text()).to.match(/the end\n$/);
  });

  it('does not write to a stream that is gone', async () => {
    const { report, text, stream } = await open();
    Object.assign(stream, { writable: false });
    report.log.info('nobody hears');
    report.say('the end');
    expect(text()).to.equal('');
  });
});
