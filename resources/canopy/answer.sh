#!/bin/sh
# What canopyStep hands to `sh`: runs a step by run.sh and answers on its own output, with the result document and the exit code in
# the last line. What the step prints goes to the log by the other one. So a call is one step of Jenkins, and a code alone is no answer.
# It reads what run.sh reads, CANOPY_RUN_ID, a fresh random name, and CANOPY_RUN_FOLDER: files that were written for this run.
set -u

tmp=${WORKSPACE_TMP:-${WORKSPACE:-$PWD}@tmp}
reply() { printf '\n%s\n' "$1"; exit 0; }
case $(uname -s 2>/dev/null) in
  MINGW* | MSYS* | CYGWIN* | Windows*) printf 'problem: the agent has to be a Unix machine'; reply 78 ;;
esac
own=$tmp/canopy-$CANOPY_RUN_ID
mkdir -p -m 700 -- "$own" || {
  printf 'problem: cannot write to %s' "$tmp"
  reply 78
}
CANOPY_RUN_RESULT=$own/result.json
export CANOPY_RUN_RESULT

(
# run.sh
) >&2 &
step=$!
# Jenkins sends the signal to all processes of the step, others to this one alone: the step bears it twice.
trap 'kill -TERM "$step" 2>/dev/null' TERM INT HUP
wait "$step"
code=$?
while kill -0 "$step" 2>/dev/null; do
  wait "$step"
  code=$?
done
[ ! -f "$CANOPY_RUN_RESULT" ] || cat -- "$CANOPY_RUN_RESULT"
rm -rf -- "$own"
# The archive that is wanted now comes by the next run, and what was written for this one serves that.
[ "$code" -eq 79 ] || [ -z "${CANOPY_RUN_FOLDER:-}" ] || rm -rf -- "$CANOPY_RUN_FOLDER"
reply "$code"
