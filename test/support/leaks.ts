/** What a leak test looks for: every form in which a secret could be printed. */
import { existsSync, lstatSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { quote } from '../../src/commands/core/shell.ts';

export type Forms = Readonly<Record<string, string>>;

/** Name of the form -> text, for one secret. */
export function formsOf(secret: string): Forms {
  const base64 = Buffer.from(secret).toString('base64');
  return {
    raw: secret,
    json: JSON.stringify(secret).slice(1, -1),
    url: encodeURIComponent(secret),
    quoted: quote(secret),
    base64,
    'base64 of user and password': Buffer.from(`user:${secret}`).toString('base64'),
    'base64 in lines': base64.replace(/.{76}/g, '$&\n'),
  };
}

/** Parts by which a secret would be known: all of a short one, each line of a long one, the middle of its base64 forms. */
export function traces(secret: string): string[] {
  const lines = secret.split('\n').filter((line) => line.length >= 8 && !line.startsWith('-----'));
  const wholes = [secret, ...lines].map((text) => text.trim());
  const base64 = [secret, `user:${secret}`].map((text) => Buffer.from(text).toString('base64'));
  return [
    ...wholes.flatMap((text) => [
      text,
      JSON.stringify(text).slice(1, -1),
      encodeURIComponent(text),
      quote(text).replace(/^'|'$/g, ''),
    ]),
    ...base64.flatMap((text) => [text.slice(8, 24), text.slice(-28, -8)]),
  ].filter((text) => text.length >= 8);
}

/** The secrets of which a trace stands in the text, each with where. */
export function leaksIn(text: string, secrets: Readonly<Record<string, string>>): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) =>
    traces(secret).flatMap((trace) => {
      const at = text.indexOf(trace);
      return at < 0
        ? []
        : [`${name} as ${trace}: …${text.slice(Math.max(0, at - 80), at + trace.length + 20)}…`];
    }),
  );
}

/** All files below a folder, links not followed, as one text; `skip` names files that are the application's own. */
export function textOf(folder: string, skip: readonly string[] = []): string {
  if (!existsSync(folder)) return '';
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !skip.some((end) => name.endsWith(end)) && lstatSync(join(folder, name)).isFile())
    .map((name) => `== ${name}\n${readFileSync(join(folder, name), 'utf8')}`)
    .join('\n');
}

/** What `redis-cli monitor` prints, with its escapes undone. */
export function unescapeMonitor(text: string): string {
  const bytes = text.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes.replace(/\\(["\\])/g, '$1'), 'latin1').toString('utf8');
}

/** Every key of the store with its value, streams by XRANGE. */
export async function everyKey(port: number, password: string): Promise<string> {
  const redis = new Redis(port, '127.0.0.1', { password });
  try {
    const keys = await redis.keys('*');
    const valueOf = async (key: string): Promise<string> =>
      (await redis.type(key)) === 'stream'
        ? (await redis.xrange(key, '-', '+')).flat(2).join('\n')
        : String(await redis.get(key));
    return (await Promise.all(keys.map(async (key) => `${key}\n${await valueOf(key)}`))).join('\n');
  } finally {
    redis.disconnect();
  }
}

/** An application that answers every request with a text, as its release and as its body. */
export const appThatTells = (value: string): string => `import { createServer } from 'node:http';
const server = createServer((q, a) => { a.writeHead(200, { 'x-release': ${JSON.stringify(value)} }); a.end(${JSON.stringify(value)}); });
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));\n`;
