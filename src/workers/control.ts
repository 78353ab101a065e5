/** Asks a primary on this machine to do something, by a socket in its folder: only who may enter the folder can. */
import { mkdir, unlink } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { dirname } from 'node:path';

/** Linux refuses longer paths of sockets. */
const LONGEST = 107;
const LONGEST_WORD = 100;

/** Answers each word that is sent with a line. Throws when it cannot stand there. */
export async function openControl(file: string, answer: (word: string) => Promise<string>): Promise<Server> {
  if (Buffer.byteLength(file) > LONGEST) throw new Error(`${file} is too long for a socket`);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // Nobody listens there any more: the address of the listening sockets is ours.
  await unlink(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  const server = createServer((socket) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end < 0 && text.length < LONGEST_WORD) return;
      socket.pause();
      void answer(text.slice(0, Math.max(0, end))).then((said) => socket.end(`${said}\n`));
    });
  });
  const before = process.umask(0o077);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(file, resolve);
    });
  } finally {
    process.umask(before);
  }
  server.on('error', () => undefined);
  server.unref();
  return server;
}

/** Sends a word and returns the answer; null when nobody is there. */
export function askPrimary(file: string, word: string, limitMs: number): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(file);
    let text = '';
    socket.setEncoding('utf8');
    socket.setTimeout(limitMs, () => socket.destroy(new Error(`no answer within ${limitMs / 1000} s`)));
    socket.once('connect', () => socket.write(`${word}\n`));
    socket.on('data', (chunk: string) => (text += chunk));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' || error.code === 'ECONNREFUSED' ? resolve(null) : reject(error),
    );
    socket.once('end', () => resolve(text.trim() === '' ? null : text.trim()));
  });
}
