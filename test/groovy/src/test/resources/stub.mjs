// Stands in for a compiled step: writes down what it was given, and answers what $STUB/answers.json says for it.
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const step = basename(process.argv[1], '.js');
const file = process.argv[process.argv.indexOf('--result') + 1];
const { CANOPY_PARAMS_FILE, CANOPY_PARAMS, STUB } = process.env;
const json = CANOPY_PARAMS_FILE ? readFileSync(CANOPY_PARAMS_FILE, 'utf8') : CANOPY_PARAMS;
const params = JSON.parse(json || '{}');
const artifact = params.artifact && existsSync(params.artifact) ? readFileSync(params.artifact, 'utf8') : null;
const seen = { step, params, file, artifact, env: process.env, cwd: process.cwd() };
appendFileSync(join(STUB, 'calls'), `${JSON.stringify(seen)}\n`);

const answers = existsSync(join(STUB, 'answers.json')) ? JSON.parse(readFileSync(join(STUB, 'answers.json'), 'utf8')) : {};
const key = [step, params.action].filter(Boolean).join(' ');
const { code = 0, claims = code, raw, hang, killed, files = [], ...own } = answers[key] ?? {};
const document = { step, ok: code === 0, exit: claims, outcome: 'done', reasons: [], data: {}, warnings: [], errors: [], ...own };
for (const name of files) {
  mkdirSync(dirname(name), { recursive: true });
  writeFileSync(name, name);
}
if (hang) {
  await new Promise((resolve) => {
    const beat = setInterval(() => {}, 1000);
    process.on('SIGTERM', () => resolve(clearInterval(beat)));
    writeFileSync(join(STUB, 'hanging'), '');
  });
}
if (killed) {
  process.kill(process.pid, 'SIGKILL');
  await new Promise(() => {});
}
if (raw !== null) writeFileSync(file, raw ?? JSON.stringify(document));
process.exit(code);
