# Starts the shop in the background. Canopy runs this in the release's folder, with the variables of .canopy/env.
# run/ is shared by all releases (canopy.yml: shared), so that any release can stop any other.
set -eu
if sh service/status.sh; then
  echo "the shop runs already (process $(cat run/shop.pid))"
  exit 0
fi
# Nothing of this session is kept open: neither its terminal nor the lock that the deploy holds while it runs this.
for number in 3 4 5 6 7 8 9; do eval "exec $number>&-"; done
nohup node dist/server.js </dev/null >>run/shop.log 2>&1 &
echo $! >run/shop.pid
