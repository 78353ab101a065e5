# Exit code 0 while the shop runs. The number in the file may belong to another program after a reboot: its name is compared.
set -eu
pid=$(cat run/shop.pid 2>/dev/null) || exit 1
kill -0 "$pid" 2>/dev/null || exit 1
grep -q 'State:.Z' "/proc/$pid/status" 2>/dev/null && exit 1
tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q 'dist/server\.js'
