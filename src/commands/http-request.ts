/** A GET that a server makes by one of the programs it has: for servers that open no connection for us. */
import { hidden, inline, type Command } from './core/command.ts';

interface HttpRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** Of a body so many bytes are read. */
export const bodyLimit = 64 * 1024;
/** Of what comes back; a head and the framing of small chunks have room beside the body. */
const mostBytes = 8 * bodyLimit;

/**
 * Prints what came back in base64, and on standard error `canopy: PROGRAM CODE` at the end (`canopy: none 0` where there is no program
 * for it); http-answer.ts reads both. Redirects are not followed, and nothing of the server's own settings (proxies, curlrc, wgetrc)
 * takes part. What is asked travels by standard input, or by a file for this user alone: a login stands in no list of processes.
 */
export function httpRequest({ url, headers, timeoutMs }: HttpRequest): Command {
  const all = { 'user-agent': 'canopy', ...loginOf(url), ...headers };
  const bare = new URL(url.href);
  bare.username = bare.password = bare.hash = '';
  const host = bare.hostname.replace(/^\[|\]$/g, '');
  const port = bare.port || (bare.protocol === 'https:' ? '443' : '80');
  const path = `${bare.pathname}${bare.search}`;
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value.replace(/[\r\n]+/g, ' ')}`);
  return ('authorization' in all ? hidden : inline)(
    askScript,
    ...[bare.protocol.slice(0, -1), host, port, bare.href, String(mostBytes)],
    ...[String(timeoutMs / 1000), String(Math.ceil(timeoutMs / 1000))],
    curlSettings(bare.href, lines, timeoutMs),
    'authorization' in all ? 'login' : '',
    [`GET ${path} HTTP/1.1`, `host: ${bare.host}`, ...lines, 'connection: close', '', ''].join('\r\n'),
    lines.map((line) => `header = ${line}\n`).join(''),
    ...lines.flatMap((line) => ['--header', line]),
  );
}

function loginOf({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === '' && password === '') return {};
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
}

function curlSettings(url: string, headers: readonly string[], timeoutMs: number): string {
  const word = (text: string): string => `"${text.replace(/[\\"]/g, '\\$&')}"`;
  return [
    ...['silent', 'show-error', 'globoff', 'include', 'noproxy = "*"', `max-time = ${timeoutMs / 1000}`],
    ...[`url = ${word(url)}`, ...headers.map((line) => `header = ${word(line)}`), ''],
  ].join('\n');
}

// Both end with the body where its length is told: not every server closes when it is asked to.
const python = `import re, signal, socket, ssl, sys
scheme, host, port, seconds, limit = sys.argv[1:]
signal.setitimer(signal.ITIMER_REAL, float(seconds))
try:
    s = socket.create_connection((host, int(port)))
    if scheme == "https": s = ssl.create_default_context().wrap_socket(s, server_hostname=host)
    s.sendall(sys.stdin.buffer.read())
    data = b""
    while len(data) < int(limit):
        got = s.recv(65536)
        if not got: break
        sys.stdout.buffer.write(got)
        data += got
        while re.match(rb"HTTP/\\S+ 1\\d\\d", data) and b"\\r\\n\\r\\n" in data: data = data.partition(b"\\r\\n\\r\\n")[2]
        head, end, body = data.partition(b"\\r\\n\\r\\n")
        length = re.search(rb"(?i)\\ncontent-length: *(\\d+)", head)
        if end and length and len(body) >= int(length[1]): break
except Exception as error:
    sys.exit(str(error))`;

// Bash alone knows /dev/tcp.
const bash = `exec 3<>"/dev/tcp/$1/$2" || exit 7
cat >&3
between= length=
while IFS= read -r line <&3; do
  printf "%s\\n" "$line"
  line=\${line%$'\\r'}
  case $line in
    HTTP/*\\ 1[0-9][0-9]*) between=1 ;;
    HTTP/*) between= ;;
    [Cc][Oo][Nn][Tt][Ee][Nn][Tt]-[Ll][Ee][Nn][Gg][Tt][Hh]:*) length=\${line#*:}; length=\${length//[!0-9]/} ;;
    "") [ -n "$between" ] || break ;;
  esac
done
exec head -c "\${length:-$3}" <&3`;

/** Sets $within, which ends a program, and has and bash_connects, which say whether a program is there. For dash, bash and busybox. */
export const toolsScript = `unset BASH_ENV ENV
export LC_ALL=C
has() { command -v "$1" >/dev/null 2>&1; }
bash_connects() { has bash && ! bash -c ': </dev/tcp/127.0.0.1/1' 2>&1 | grep -q 'No such file'; }
by() { printf '\\ncanopy: %s %s\\n' "$1" "$2" >&2; }
within= && ! timeout 9 sh -c : 2>/dev/null || within="timeout $seconds"`;

const askScript = `scheme=$1 host=$2 port=$3 url=$4 limit=$5 exact=$6 seconds=$7 curl=$8 login=$9
shift 9
request=$1 wgetrc=$2
shift 2
${toolsScript}
# Where nobody may see them it takes headers by a file alone, and that in place of all other settings.
gnu_wget() (
  [ -n "$login" ] || exec $within wget --no-config "$@"
  umask 077
  rc=$(mktemp) || exit
  trap 'rm -f -- "$rc"' EXIT
  trap 'exit 143' HUP INT TERM
  printf %s "$wgetrc" > "$rc" || exit
  $within wget --config="$rc" "$@"
)
packed() { if has base64; then base64; else echo 'canopy: plain' >&2; cat; fi; }
if has curl; then
  { printf %s "$curl" | curl -q -K -; by curl $?; } | head -c "$limit" | packed
elif [ "$scheme" = http ] && bash_connects; then
  { printf %s "$request" | $within bash -c '${bash.replaceAll("'", `'\\''`)}' bash "$host" "$port" "$limit"; by bash $?; } | head -c "$limit" | packed
elif has python3; then
  { printf %s "$request" | python3 -I -c '${python}' "$scheme" "$host" "$port" "$exact" "$limit"; by python3 $?; } | head -c "$limit" | packed
elif has wget && { [ -z "$login" ] || has mktemp; } && wget --version 2>/dev/null | grep -q '^GNU'; then
  [ -z "$login" ] || set --
  { gnu_wget "$@" --no-proxy -S -nv -t 1 -T "$exact" --content-on-error --max-redirect=0 -O - "$url"; by wget $?; } | head -c "$limit" | packed
elif [ "$scheme" = http ] && [ -n "$login" ] && has nc; then
  { printf %s "$request" | $within nc "$host" "$port"; by nc $?; } | head -c "$limit" | packed
elif [ "$scheme" = http ] && [ -z "$login" ] && has wget; then
  { $within wget "$@" -q -S -Y off -U canopy -O - "$url"; by wget $?; } | head -c "$limit" | packed
else
  by none 0
fi`;
