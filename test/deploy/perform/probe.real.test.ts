import { expect } from 'chai';
import type { ProbeSetup } from '../../../src/deploy/context/deploy-context.ts';
import { openProbe, type LostRequestProbe } from '../../../src/deploy/perform/probe.ts';
import { realClock } from '../../../src/drivers/clock.ts';
import { openHttp } from '../../../src/drivers/http.ts';
import { recordingHttp } from '../../../src/drivers/recording.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { recorder } from '../../support/recorder.ts';
import { freePort } from '../../support/temp.ts';
import { startUpstream, type Upstream } from '../../support/http/upstream.ts';
import { waitFor } from '../../support/wait-for.ts';

describe('the probe of a deploy, against a real server', () => {
  let server: Upstream;
  let http: ReturnType<typeof openHttp>;
  let log: ReturnType<typeof quietLog>;
  let probe: LostRequestProbe | null;
  beforeEach(async () => {
    server = await startUpstream('web-1');
    http = openHttp();
    log = quietLog();
    probe = null;
  });
  afterEach(async () => {
    await probe?.stop();
    await http.close();
    await server.kill();
  });
  const open = async (more: Partial<ProbeSetup> = {}) =>
    (probe = await openProbe(
      { url: `${server.url}/page`, everyMs: 10, maxLost: null, ...more },
      { http: async () => http, timer: realClock, log },
    ));
  const lostLines = () => log.lines.filter((line) => line.includes('lost'));

  it('asks once, and goes on only when something begins', async () => {
    const opened = await open();
    expect(server.seen).to.equal(1);
    opened?.going('stage', 'stage web-1');
    await waitFor('some requests', () => server.seen > 10);
    opened?.going('drain', 'drain web-1');
    const before = server.seen;
    await waitFor('more requests', () => server.seen > before + 10);
    const report = await opened?.stop();
    expect(server.heads.at(-1)?.raw).to.include('canopy-probe');
    expect(report).to.deep.include({ requests: server.seen - 1, lost: 0, firstLost: null });
    expect(report?.phases.map(({ phase }) => phase)).to.deep.equal(['stage', 'drain']);
    expect(log.lines).to.deep.equal([]);
    // It has ended: what it told is all it asked.
    expect((await opened?.stop())?.requests).to.equal(report?.requests);
  });

  it('counts what fails, and tells the first with what was going on', async () => {
    const opened = await open({ maxLost: 2 });
    opened?.going('activate', 'activate web-1');
    await waitFor('some requests', () => server.seen > 3);
    await server.kill();
    await waitFor('too many lost', () => opened?.lostTooMany === true);
    await server.revive();
    const report = await opened?.stop();
    expect(report?.lost).to.be.greaterThan(2);
    expect(report?.firstLost?.doing).to.equal('activate web-1');
    expect(report?.firstLost?.reason).to.match(
      /^no answer: ((connect|read) ECONN(REFUSED|RESET)|socket hang up)/,
    );
    expect(lostLines()[0]).to.match(/^warn {2}the probe lost a request during activate web-1: no answer/);
    expect(lostLines()[1]).to.match(/^warn {2}the probe lost 3 of \d+ requests, 2 are allowed$/);
    expect(lostLines()).to.have.length(2);
  });

  it('names both when a request outlives what was going on', async () => {
    const opened = await open({ url: `${server.url}/slow?ms=300`, everyMs: 60_000 });
    opened?.going('drain', 'drain web-1');
    await waitFor('a request', () => server.active === 1);
    opened?.going('activate', 'activate web-1');
    await server.kill();
    await opened?.settle();
    const report = await opened?.stop();
    await server.revive();
    expect(report?.firstLost?.doing).to.equal('drain web-1, then activate web-1');
    expect(report?.phases).to.have.length(1);
    expect(report?.phases[0]).to.deep.include({ phase: 'drain', requests: 1, lost: 1 });
  });

  it('has few requests in flight where answers take long', async () => {
    const opened = await open({ url: `${server.url}/slow?ms=300` });
    opened?.going('gate', 'gate web-1');
    let most = 0;
    await waitFor('three rounds', () => {
      most = Math.max(most, server.active);
      return server.seen > 12;
    });
    expect(most).to.equal(5);
    expect((await opened?.stop())?.lost).to.equal(0);
  });

  it('takes the status before the deploy as the measure', async () => {
    server.status = 404;
    const opened = await open();
    opened?.going('gate', 'gate web-1');
    const seen = server.seen;
    await waitFor('some requests', () => server.seen > seen + 3);
    expect((await opened?.stop())?.lost).to.equal(0);
    expect(log.lines).to.deep.equal([`warn  ${server.url}/page answers 404: the probe takes that as good`]);
  });

  it('does not run when nobody answers, or answers badly, before the deploy', async () => {
    const port = await freePort();
    expect(await open({ url: `http://user:word@127.0.0.1:${port}/` })).to.equal(null);
    server.status = 503;
    expect(await open()).to.equal(null);
    expect(log.lines).to.deep.equal([
      `warn  no probe: nobody answers at http://127.0.0.1:${port}/ (connect ECONNREFUSED 127.0.0.1:${port})`,
      `warn  no probe: ${server.url}/page answers 503 before the deploy has begun`,
    ]);
  });

  it('asks nobody in a dry run', async () => {
    const dry = recordingHttp(http, recorder(log));
    const setup = { url: server.url, everyMs: 100, maxLost: 0 };
    const ports = { http: async () => dry, timer: realClock, log };
    expect(await openProbe(setup, ports)).to.equal(null);
    expect([server.seen, log.lines]).to.deep.equal([0, [`info  would ask ${server.url} every 100 ms`]]);
  });
});
