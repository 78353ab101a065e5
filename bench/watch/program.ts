/** Watches so many targets for a while and tells what it took, as one line of JSON. It is bundled and run by plain node. */
import { TargetChecks, openProbe, type TargetPorts } from '../../src/probes/index.ts';
import { Lateness } from '../../src/probes/lateness.ts';

const [port, count, everyMs, forMs] = process.argv.slice(2).map(Number) as [number, number, number, number];
/** Targets that speak HTTP need none. */
const ports = {} as TargetPorts;
/** As canopy.yml gives them: lists that say the same are one. */
const shared = { words: [], metrics: ['down', 'latency'] as const };
const names = Array.from({ length: count }, (_, at) => `target-${at}`);
let bad = 0;
let all = 0;
const checks = new TargetChecks({
  subjects: names.map((name, at) => ({
    name,
    ...shared,
    probe: { kind: 'http', url: `http://127.0.0.1:${port}/health/${at}`, status: 200, contains: null },
    everyMs: null,
    timeoutMs: null,
    needs: null,
    instance: null,
  })),
  times: { everyMs, timeoutMs: 5000, confirmMs: 100, down: 3, up: 2 },
  clock: { now: Date.now, sleep: () => Promise.resolve() },
  log: console,
  openProbe: (subject, onBroken) => openProbe(subject, ports, onBroken),
  onChecked: ({ last }) => {
    all += 1;
    if (last?.ok !== true) bad += 1;
  },
});
checks.start();
// Every target has been asked, and its connection stands.
setTimeout(() => {
  const before = process.cpuUsage();
  const began = performance.now();
  const checksBefore = all;
  checks.lateness = new Lateness();
  setTimeout(() => {
    const { user, system } = process.cpuUsage(before);
    const ms = performance.now() - began;
    const done = all - checksBefore;
    console.log(
      JSON.stringify({
        core: (user + system) / 10 / ms,
        usPerCheck: (user + system) / done,
        checks: done,
        bad,
        rssMb: process.memoryUsage.rss() / 1024 / 1024,
        p50: checks.lateness.quantile(50),
        p99: checks.lateness.quantile(99),
      }),
    );
    process.exit();
  }, forMs);
}, 1.2 * everyMs);
