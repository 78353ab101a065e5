# Asks the shop to stop and waits until it has; after STOP_WITHIN seconds (20) it is killed.
set -eu
sh service/status.sh || exit 0
pid=$(cat run/shop.pid)

gone_within() {
  left=$(($1 * 10))
  while sh service/status.sh; do
    [ "$left" -gt 0 ] || return 1
    left=$((left - 1))
    sleep 0.1
  done
}

kill -TERM "$pid"
if ! gone_within "${STOP_WITHIN:-20}"; then
  echo "process $pid did not stop in time: it is killed" >&2
  kill -KILL "$pid"
  gone_within 5 || { echo "process $pid cannot be killed" >&2; exit 1; }
fi
rm -f run/shop.pid
