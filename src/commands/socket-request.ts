/** A connection that a server makes by one of the programs it has: for servers that open none for us. */
import { toolsScript } from './http-request.ts';
import { inline, type Command } from './core/command.ts';

/** What such a script says at its end, on standard error. */
interface SocketEnd {
  /** Null: the server has no program for it. */
  readonly program: string | null;
  readonly code: number;
}

export const socketEnd = (stderr: string): SocketEnd => {
  const [, program = 'none', code = '1'] = [...stderr.matchAll(/^canopy: (\w+) (\d+)$/gm)].at(-1) ?? [];
  return { program: program === 'none' ? null : program, code: Number(code) };
};

/** Ends with `PROGRAM 0` when the port takes a connection. */
export const portRequest = (host: string, port: number, timeoutMs: number): Command =>
  inline(portScript, host, String(port), String(Math.ceil(timeoutMs / 1000)));

/** Sends the text to a path or `host:port`, and prints what comes back until the other side closes; no more than so many bytes. */
export const socketRequest = (
  to: string | { readonly host: string; readonly port: number },
  text: string,
  { timeoutMs, limit }: { readonly timeoutMs: number; readonly limit: number },
): Command =>
  inline(
    socketScript,
    ...(typeof to === 'string' ? ['unix', to, ''] : ['tcp', to.host, String(to.port)]),
    text,
    String(Math.ceil(timeoutMs / 1000)),
    String(limit),
  );

const portScript = `host=$1 port=$2 seconds=$3
${toolsScript}
if bash_connects; then
  $within bash -c ': <"/dev/tcp/$1/$2"' bash "$host" "$port"; by bash $?
elif has python3; then
  python3 -I -c 'import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), float(sys.argv[3]))' "$host" "$port" "$seconds"; by python3 $?
elif has curl; then
  case $host in *:*) at="[$host]:$port" ;; *) at=$host:$port ;; esac
  took=$(curl -q -s --noproxy '*' -o /dev/null -w '%{time_connect}' --max-time "$seconds" "telnet://$at" </dev/null)
  case $took in *[1-9]*) by curl 0 ;; *) by curl 7 ;; esac
elif has perl; then
  perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1], Timeout => $ARGV[2])' "$host" "$port" "$seconds"; by perl $?
elif has nc; then
  [ -z "$within" ] || within="timeout $((seconds + 1))"
  $within nc -w "$seconds" "$host" "$port" </dev/null >/dev/null; code=$?
  # It took the connection, and then nothing was said.
  case $code in 124 | 143) code=0 ;; esac
  by nc "$code"
else
  by none 0
fi`;

// None of them ends its half before the other side has: HAProxy takes that as a wish to leave, and may not answer any more.
const python = `import signal, socket, sys
kind, path, port, text, seconds = sys.argv[1:]
signal.alarm(int(seconds))
try:
    if kind == "unix":
        s = socket.socket(socket.AF_UNIX)
        s.connect(path)
    else:
        s = socket.create_connection((path, int(port)))
    s.sendall(text.encode())
    while True:
        got = s.recv(65536)
        if not got: break
        sys.stdout.buffer.write(got)
except Exception as error:
    sys.exit(str(error))`;

const perl = `my ($kind, $path, $port, $text, $seconds) = @ARGV;
alarm $seconds;
my $s = $kind eq "unix" ? IO::Socket::UNIX->new(Peer => $path) : IO::Socket::INET->new(PeerAddr => $path, PeerPort => $port);
if (!$s) { print STDERR "$!\\n"; exit 1 }
$| = 1;
syswrite($s, $text) // exit 1;
while (sysread($s, my $got, 65536)) { print $got or exit 0 }`;

const socketScript = `kind=$1 path=$2 port=$3 text=$4 seconds=$5 limit=$6
${toolsScript}
odd=$path
case $path in *[!A-Za-z0-9/._-]*) odd= ;; esac
if has python3; then
  { python3 -I -c '${python}' "$kind" "$path" "$port" "$text" "$seconds"; by python3 $?; } | head -c "$limit"
elif has perl; then
  { perl -MIO::Socket -MIO::Socket::UNIX -e '${perl}' "$kind" "$path" "$port" "$text" "$seconds"; by perl $?; } | head -c "$limit"
elif [ "$kind" = tcp ] && bash_connects; then
  { $within bash -c 'exec 3<>"/dev/tcp/$1/$2" && printf %s "$3" >&3 && exec cat <&3' bash "$path" "$port" "$text"; by bash $?; } | head -c "$limit"
elif [ "$kind" = unix ] && [ -n "$odd" ] && has socat; then
  { printf %s "$text" | $within socat -t "$seconds" - "UNIX-CONNECT:$path,shut-none"; by socat $?; } | head -c "$limit"
else
  by none 0
fi`;
