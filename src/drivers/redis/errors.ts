/** What Redis or the connection says, as errors of the catalogue. Nothing of a command's arguments gets through: they may hold a password. */
import type { StoreConfig } from '../../config/types.ts';
import { fail, isCanopyError, type CanopyError } from '../../errors/common.ts';
import { connectFailure } from '../../shared/system/connect-error.ts';
import { messageOf } from '../../shared/text/thrown.ts';

/** Errors of the client that only say that there is no connection; why, was told before. */
const offline = /^(Stream isn't writeable|Connection is closed|Reached the max retries|Command aborted)/;

/** `connection` is what the connection complained about last, null when it stands. */
export function storeError(
  error: unknown,
  config: StoreConfig,
  connection: unknown,
  key?: string,
): CanopyError {
  if (isCanopyError(error)) return error;
  const message = messageOf(error);
  const url = config.shown;
  if (offline.test(message)) {
    return connection === null
      ? fail('store-unreachable', { url, reason: 'the connection was lost' })
      : storeError(connection, config, null);
  }
  if (/NOT-A-COUNTER/.test(message))
    return fail('store-record', { key: key ?? '', reason: 'it is no counter' });
  if (/^(NOAUTH|WRONGPASS|ERR invalid password|ERR Client sent AUTH)/i.test(message))
    return fail('store-auth', { url, reason: message });
  if (/^(READONLY|MISCONF|NOREPLICAS)/.test(message)) return fail('store-readonly', { url });
  if (/^(LOADING|MASTERDOWN|BUSY|TRYAGAIN)\b/.test(message))
    return fail('store-unreachable', { url, reason: message });
  if (error instanceof Error && error.name === 'ReplyError')
    return fail('store-refused', { url, reason: message });
  if (/timed out|Socket timeout/i.test(message))
    return fail('store-unreachable', { url, reason: 'no answer in time' });
  return fail('store-unreachable', { url, ...connectFailure(error, withoutPlans(message)) });
}

/** Sentinel's complaint also says what the client will do next, and that it has no better reason: that helps nobody. */
const withoutPlans = (message: string): string =>
  message
    .replace(/^All sentinels are unreachable\. Retrying from scratch after \d+ms\./, 'no Sentinel answers')
    .replace(/ Last error: Connection is closed\.$/, '')
    .replace(/ Last error: /, ', ');
