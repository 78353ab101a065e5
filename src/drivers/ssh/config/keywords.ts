/** What Canopy makes of each keyword of the OpenSSH client configuration. Pure. */

/** One word each; the first that is found counts. */
const texts =
  'hostname user hostkeyalias identityagent bindaddress bindinterface revokedhostkeys pkcs11provider';
/** Whole lines: programs. */
const commands = 'proxycommand knownhostscommand';
const flags = 'identitiesonly';
/** One word a line; each line counts. */
const files = 'identityfile certificatefile';
/** All words of the first line. */
const lists = 'userknownhostsfile globalknownhostsfile canonicalizepermittedcnames';
const others = 'port proxyjump addressfamily ignoreunknown canonicalizehostname host match include';

/** What people set for their own sessions, and what does not change whom we reach or as whom. */
const harmless = `addkeystoagent afstokenpassing batchmode canonicaldomains canonicalizefallbacklocal canonicalizemaxdots
  casignaturealgorithms challengeresponseauthentication channeltimeout checkhostip cipher ciphers clearallforwardings compression
  compressionlevel connectionattempts connecttimeout controlmaster controlpath controlpersist dsaauthentication dynamicforward
  enableescapecommandline enablesshkeysign escapechar exitonforwardfailure fallbacktorsh fingerprinthash
  forkafterauthentication forwardagent forwardx11 forwardx11timeout forwardx11trusted gatewayports globalknownhostsfile2
  gssapiauthentication gssapiclientidentity gssapidelegatecredentials gssapikexalgorithms gssapikeyexchange
  gssapirenewalforcesrekey gssapiserveridentity gssapitrustdns hashknownhosts hostbasedacceptedalgorithms
  hostbasedauthentication hostbasedkeytypes hostkeyalgorithms ipqos kbdinteractiveauthentication kbdinteractivedevices
  keepalive kerberosauthentication kerberostgtpassing kexalgorithms localcommand localforward loglevel logverbose macs
  nohostauthenticationforlocalhost numberofpasswordprompts obscurekeystroketiming passwordauthentication permitlocalcommand
  permitremoteopen preferredauthentications protocol proxyusefdpass pubkeyacceptedalgorithms pubkeyacceptedkeytypes
  pubkeyauthentication rekeylimit remotecommand remoteforward requesttty requiredrsasize rhostsauthentication
  rhostsrsaauthentication rsaauthentication securitykeyprovider sendenv serveralivecountmax serveraliveinterval sessiontype
  setenv skeyauthentication stdinnull streamlocalbindmask streamlocalbindunlink stricthostkeychecking syslogfacility
  tcpkeepalive tisauthentication tunnel tunneldevice updatehostkeys usekeychain useprivilegedport userknownhostsfile2
  useroaming usersh verifyhostkeydns versionaddendum visualhostkey warnweakcrypto xauthlocation`;

type KeywordKind = 'text' | 'command' | 'flag' | 'file' | 'list' | 'other' | 'harmless';

const kinds = new Map<string, KeywordKind>(
  (
    [
      ['text', texts],
      ['command', commands],
      ['flag', flags],
      ['file', files],
      ['list', lists],
      ['other', others],
      ['harmless', harmless],
    ] as const
  ).flatMap(([kind, names]) => names.split(/\s+/).map((name) => [name, kind] as const)),
);

/** Older names. */
const aliases: Readonly<Record<string, string>> = {
  identityfile2: 'identityfile',
  smartcarddevice: 'pkcs11provider',
};

export const keywordOf = (written: string): string => aliases[written] ?? written;

/** Undefined: a keyword that nobody knows. */
export const kindOf = (keyword: string): KeywordKind | undefined => kinds.get(keyword);
