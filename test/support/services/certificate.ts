import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  readonly file: string;
  readonly cert: string;
  readonly key: string;
}

/** Signed by itself; `names` as openssl has them: `IP:127.0.0.1`, `DNS:mail.example.org`. */
export function certificateFor(folder: string, names: string, name = 'server'): Certificate {
  const [key, file] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  const words = `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=canopy-test -addext subjectAltName=${names}`;
  execFileSync('openssl', [...words.split(' '), '-keyout', key, '-out', file], { stdio: 'ignore' });
  return { file, cert: readFileSync(file, 'utf8'), key: readFileSync(key, 'utf8') };
}
