/**
 * Which of the values that came from variables and files are hidden wherever they are printed. All of them, but those by which
 * messages name things, those that stand in canopy.yml anyway, and those that hide nothing but would make a log unreadable. Pure.
 */
import { splitUrl } from '../../shared/url/userinfo.ts';
import type { Given } from './interpolate.ts';

/** Keys whose values are names, places and the like. */
const named = new Set(
  (
    'app name host hosts url path shared branch extends tags driver file files report from page groups ' +
    'knownHosts hostKeys key config listen stable canary stateDir trustedProxies header sticky release ' +
    'systemd user-systemd log dockerfile image load network user backend socket servers sentinels tcp tls ssh of origins notify'
  ).split(' '),
);

/** By these a machine and its CI describe themselves. */
const described =
  /^(?!.*(TOKEN|PASS|SECRET|KEY|CRED|AUTH))(HOME|USER|LOGNAME|HOSTNAME|PWD|SHELL|PATH|LANG|LC_\w+|TZ|TERM|TMPDIR|CI|NODE_ENV|NODE_NAME|WORKSPACE|(BUILD|JOB|GIT|BRANCH|TAG|CHANGE|RUN|CI|GITHUB)_\w+)$/;

/** Ports, versions, addresses, durations, sizes and shares. */
const figure = /^(\d{1,5}|\d+(\.\d+)+(:\d{1,5})?|\d+(\.\d+)?(ms|[smhd]|[KMG]?B|%))$/i;
const ordinary =
  /^(true|false|null|none|auto|info|warn(ing)?|debug|error|trace|fatal|silent|prod(uction)?|staging|dev(elopment)?|test(ing)?|local(host)?|https?|json|text|utf-?8|utc)$/i;

function userinfoOf(text: string): string {
  const { user = '', password = '' } = splitUrl(text) ?? {};
  return `${user}:${password}`;
}

/** `text`: that of the canopy.yml. */
export const hiddenOf = (given: readonly Given[], text: string): string[] =>
  given.filter((one) => isHidden(one, text)).map(({ value }) => value);

/** In these any key may stand. */
const loose = ['env', 'gates', 'prometheus'];

function isHidden({ path, name, value, whole }: Given, text: string): boolean {
  const parts = path.filter((part) => typeof part === 'string');
  const isNamed =
    !loose.some((part) => parts.includes(part)) && parts.slice(-2).some((part) => named.has(part));
  if (isNamed && !userinfoOf(whole).includes(value)) return false;
  if (name !== null && described.test(name)) return false;
  const plain = value.trim();
  return !figure.test(plain) && !ordinary.test(plain) && !text.includes(plain);
}
