import type { Env } from '../../shared/system/env.ts';
import { readFileSync, statSync } from 'node:fs';
import { fail } from '../../errors/common.ts';

/** Parameters that the Jenkins wrapper hands over: JSON in CANOPY_PARAMS, or in the file that CANOPY_PARAMS_FILE names. */
export function givenParams(env: Env): Readonly<Record<string, unknown>> {
  const file = env['CANOPY_PARAMS_FILE'];
  const source = file ? 'CANOPY_PARAMS_FILE' : 'CANOPY_PARAMS';
  const text = file ? readFile(file) : env['CANOPY_PARAMS'];
  if (text === undefined || text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch (error) {
    throw fail('params-json', { source, reason: (error as Error).message }, { cause: error });
  }
  throw fail('params-json', { source, reason: 'it is another kind of JSON value' });
}

/** Variables with which Jenkins bound credentials: their values are secrets, and no user's command sees them. */
export const boundNames = (env: Env): string[] =>
  (env['CANOPY_BOUND'] ?? '').split(',').filter((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name));

/** The value of a secret: of the variable, or of the file that a variable ending in _FILE names. Null when it is not set. */
export function readSecret(name: string, env: Env): string | null {
  const value = env[name];
  if (value === undefined || value === '') return null;
  if (!name.endsWith('_FILE')) return value;
  try {
    // Nobody may write to one that has a name; a pipe of the shell's, <(…), has a writer.
    if (statSync(value).isFIFO() && !/^\/(dev\/fd|proc)\//.test(value)) throw new Error('it is a FIFO');
    return readFileSync(value, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw fail('secret-file', { name, file: value, reason: code ?? message }, { cause: error });
  }
}

/** Names in the environment whose values are never printed. */
export function secretNames(env: Env, declared: readonly string[]): string[] {
  const ours = Object.keys(env).filter((name) =>
    /^(CANOPY_(STORE|TOKEN|ALERT_TOKEN|SSH_PASSPHRASE|SSH_KEY_FILE)|TWILIO_.+|SMTP_.+)$/.test(name),
  );
  return [...new Set([...declared, ...ours, ...boundNames(env)])];
}

function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw fail(
      'params-json',
      { source: 'CANOPY_PARAMS_FILE', reason: (error as Error).message },
      { cause: error },
    );
  }
}
