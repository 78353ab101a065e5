// The visitors: a constant stream of requests through the router, in a process of its own so that nothing else slows it down.
// Started by fork: `load.mjs URL RATE CONNECTIONS`. Messages in: { phase } | { tell: id } | { stop: true }; out: { id, … }.
import { Agent, request } from 'node:http';

const [url, rateWord, connectionsWord] = process.argv.slice(2);
const rate = Number(rateWord);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connectionsWord), scheduling: 'fifo' });
const tickMs = 10;
const timeoutMs = 10_000;
const longestMs = 15 * 60_000;
const order = JSON.stringify({ item: 'rye', count: 2 });

const phases = {};
let phase = 'before';
let sent = 0;
let inFlight = 0;
let stopping = false;
const startedAt = performance.now();

// Open loop: the clock says how many are due, however slow the answers are.
const ticker = setInterval(() => {
  // Bounded whatever happens to the demo: it ends with its parent, and asks no longer than this.
  if (!process.connected) process.exit(0);
  if (performance.now() - startedAt > longestMs) return clearInterval(ticker);
  const due = Math.floor(((performance.now() - startedAt) / 1000) * rate);
  while (sent < due) ask(sent++);
}, tickMs);

process.on('message', (message) => {
  if (message.phase) phase = message.phase;
  if (message.tell) process.send({ id: message.tell, phases, inFlight });
  if (message.stop) stopAfterLast();
});
process.on('disconnect', () => process.exit(0));

/** One visitor: of twenty, fifteen look at the page, four at the list, one orders. */
function ask(number) {
  const kind = number % 20;
  const [method, path] =
    kind === 19 ? ['POST', '/api/orders'] : kind > 14 ? ['GET', '/api/items'] : ['GET', '/'];
  const count = (phases[phase] ??= { requests: 0, failed: 0, answers: {}, failures: [], slowest: 0 });
  const begun = performance.now();
  let told = false;
  inFlight += 1;
  const end = (failure, headers = {}) => {
    if (told) return;
    told = true;
    inFlight -= 1;
    count.requests += 1;
    count.slowest = Math.max(count.slowest, performance.now() - begun);
    if (failure) {
      count.failed += 1;
      if (count.failures.length < 10)
        count.failures.push(`${new Date().toISOString()} ${method} ${path}: ${failure}`);
    }
    const key = `${headers['x-instance']} ${headers['x-release']}`;
    if (headers['x-release']) count.answers[key] = (count.answers[key] ?? 0) + 1;
  };
  const headers =
    method === 'POST' ? { 'content-type': 'application/json', 'content-length': order.length } : {};
  const asking = request(`${url}${path}`, { agent, method, headers, timeout: timeoutMs }, (answer) => {
    const good = answer.statusCode === (method === 'POST' ? 201 : 200) && answer.headers['x-release'];
    answer.on('error', (error) => end(`the answer broke off: ${error.message}`));
    answer.on('end', () => end(good ? null : `answered ${answer.statusCode}`, answer.headers));
    answer.on('close', () => end(answer.complete ? null : 'the answer broke off', answer.headers));
    answer.resume();
  });
  asking.on('timeout', () => asking.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
  asking.on('error', (error) => end(error.message));
  asking.end(method === 'POST' ? order : undefined);
}

/** Stops asking, and ends when the last answer is here. */
function stopAfterLast() {
  if (stopping) return;
  stopping = true;
  clearInterval(ticker);
  const waiting = setInterval(() => {
    if (inFlight > 0) return;
    clearInterval(waiting);
    agent.destroy();
    process.send({ id: 'end', phases, inFlight }, () => process.disconnect());
  }, 20);
}
