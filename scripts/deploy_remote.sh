#!/usr/bin/env bash
# Deploys a release on the machine that runs Tidegate, over ssh; the pipeline calls it, and a person can.
#
#   scripts/deploy_remote.sh deploy TAG COMMIT IMAGE    check TAG out there, then scripts/deploy.sh IMAGE
#   scripts/deploy_remote.sh back                       what ran before: scripts/deploy.sh --back, and its sources
#
# DEPLOY_HOST         user@machine
# DEPLOY_PATH         the checkout of this repository there, with its .env
# DEPLOY_URL          where users reach it; what was deployed is looked at there afterwards
# DEPLOY_SSH_KEY      the private key; without it, the keys that ssh finds
# DEPLOY_KNOWN_HOSTS  the machine's line of known_hosts; without it, the one that ssh knows. Strangers are refused.
set -euo pipefail

usage() { sed -n '4,11s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }
refuse() { echo "$*" >&2; exit 2; }
report() { echo "$*"; [ -z "${GITHUB_STEP_SUMMARY:-}" ] || echo "$*" >>"$GITHUB_STEP_SUMMARY"; }

action=${1:-}
tag=${2:-} commit=${3:-} image=${4:-}
case $action-$# in deploy-4 | back-1) ;; *) usage ;; esac
for name in DEPLOY_HOST DEPLOY_PATH DEPLOY_URL; do
  [ -n "${!name:-}" ] || refuse "$name is not set: give it to the environment production (docs/release.md)."
done
if [ "$action" = deploy ]; then
  # They become words of a command on another machine.
  [[ $tag =~ ^prod/v[0-9]+\.[0-9]+\.[0-9]+$ ]] || refuse "This is no release tag: $tag"
  [[ $commit =~ ^[0-9a-f]{40}$ ]] || refuse "This is no commit: $commit"
  [[ $image =~ ^[a-z0-9./_:-]+@sha256:[0-9a-f]{64}$ ]] || refuse "This is no image by its digest: $image"
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
options=(-o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=20 -o ServerAliveInterval=15)
if [ -n "${DEPLOY_SSH_KEY:-}" ]; then
  (umask 077; printf '%s\n' "$DEPLOY_SSH_KEY" >"$folder/key")
  options+=(-i "$folder/key" -o IdentitiesOnly=yes)
fi
if [ -n "${DEPLOY_KNOWN_HOSTS:-}" ]; then
  printf '%s\n' "$DEPLOY_KNOWN_HOSTS" >"$folder/known_hosts"
  options+=(-o "UserKnownHostsFile=$folder/known_hosts")
fi

there() {
  # Runs the script on standard input over there, with these words. What it calls must not read that script.
  local words
  words=$(printf '%q ' "$@")
  # shellcheck disable=SC2029  # the words are meant to be put in here
  ssh "${options[@]}" "$DEPLOY_HOST" "bash -s -- $words"
}

ended() {
  # Over there 1 is the only failure. Anything else is ssh's own: nobody can tell how far it came.
  if [ "$1" -ne 1 ]; then
    report "❌ The connection to $DEPLOY_HOST failed. If it had begun there, it goes on to its end: look at it (docs/release.md)."
  else
    report "$2"
  fi
  exit 1
}

if [ "$action" = back ]; then
  there "$DEPLOY_PATH" <<'THERE' || ended $? "❌ The way back failed: look at $DEPLOY_HOST now (docs/release.md)."
set -Eeuo pipefail
trap 'exit 1' ERR
cd "$1"
scripts/deploy.sh --back </dev/null
# The sources follow the image; and as with the image, back once more is forth.
before=$(git rev-parse HEAD)
git checkout --quiet --detach refs/tidegate/previous </dev/null
git update-ref refs/tidegate/previous "$before"
THERE
  report "↩️ Rolled back: the release that ran before runs again on $DEPLOY_HOST."
  exit 0
fi

there "$DEPLOY_PATH" "$tag" "$commit" "$image" <<'THERE' || ended $? "❌ $tag was not deployed: what ran before goes on."
set -Eeuo pipefail
trap 'exit 1' ERR
cd "$1"
git fetch --quiet --force origin "refs/tags/$2:refs/tags/$2" </dev/null
found=$(git rev-parse "$2^{commit}")
if [ "$found" != "$3" ]; then
  echo "$2 is $found here and not $3." >&2
  exit 1
fi
before=$(git rev-parse HEAD)
git checkout --quiet --detach "$3" </dev/null
# It writes to a file and not to the connection, which may break: a deployment never ends half-way.
log=$(git rev-parse --absolute-git-dir)/deploy.log
setsid scripts/deploy.sh "$4" </dev/null >"$log" 2>&1 &
tail --pid=$! --lines=+1 --follow "$log" </dev/null || watched=no  # and saying so could reach nobody
if ! wait $!; then
  # The image has been rolled back already; the sources follow it.
  git checkout --quiet --detach "$before" </dev/null
  exit 1
fi
git update-ref refs/tidegate/previous "$before"
THERE
report "✅ $tag is deployed: $image"
