#!/usr/bin/env bash
# Brings a release up beside the one that runs, sends the callers over to it, and takes the old one away.
#
#   scripts/deploy.sh IMAGE     a tag or, better, a digest; it is pulled where this machine does not have it
#   scripts/deploy.sh --back    the image that ran before this one
#
# Nobody notices: the old release answers until the new one is healthy, and finishes what it has begun. Where the
# new one does not get healthy it goes, the old one stays, and the exit code is 1. Works in the folder that it lies
# in, with the compose files of .env; writes TIDEGATE_IMAGE, TIDEGATE_COLOUR and TIDEGATE_PREVIOUS_IMAGE there.
# PATIENCE: seconds that a new container gets to become healthy (default 120).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATIENCE=${PATIENCE:-120}
LIVE=deploy/nginx/live/colour.conf

say() { printf '%s %s\n' "$(date -u +%H:%M:%S)" "$*" >&2; }
fail() { say "$*"; exit 1; }
usage() { sed -n '2,10s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2; exit 2; }

setting() { [ ! -f .env ] || sed -n "s/^$1=//p" .env | tail -n 1; }
write_settings() {
  # One file is replaced by another, so that no reader ever sees half of it.
  local new
  new=$(mktemp .env.XXXXXX)
  [ ! -f .env ] || { chmod --reference=.env "$new"; grep -vE '^TIDEGATE_(IMAGE|COLOUR|PREVIOUS_IMAGE)=' .env >"$new" || [ $? -eq 1 ]; }
  printf 'TIDEGATE_IMAGE=%s\nTIDEGATE_COLOUR=%s\nTIDEGATE_PREVIOUS_IMAGE=%s\n' "$@" >>"$new"
  mv "$new" .env
}

# The name that leads to these very bytes: its digest in the registry, else the one that this machine gave it.
exact() { docker image inspect --format '{{if .RepoDigests}}{{index .RepoDigests 0}}{{else}}{{.Id}}{{end}}' "$1"; }
containers() { docker compose ps --quiet "$1" | sort; }
state() { docker inspect --format '{{.State.Status}} {{.RestartCount}} {{if .State.Health}}{{.State.Health.Status}}{{end}}' "$1"; }
with() { TIDEGATE_IMAGE=$1 TIDEGATE_COLOUR=$2 docker compose "${@:3}"; }
in_proxy() { docker compose exec -T proxy "$@"; }

healthy() {
  # A container that ended or began again will not get healthy by waiting longer.
  local until=$((SECONDS + PATIENCE)) found
  while [ $SECONDS -lt $until ]; do
    found=$(state "$1")
    case $found in
      "running 0 healthy") return 0 ;;
      "running 0 "*) sleep 0.5 ;;
      *) break ;;
    esac
  done
  say "container ${1:0:12} is not healthy: $(state "$1")"
  docker logs --tail 20 "$1" >&2
  return 1
}

lead_to() {
  # Nginx takes the new way for every request that begins from now on.
  local until=$((SECONDS + 20))
  # shellcheck disable=SC2016  # $live is Nginx's
  printf 'set $live web-%s;\n' "$1" >"$LIVE.new"
  mv "$LIVE.new" "$LIVE"
  in_proxy nginx -t -q && in_proxy nginx -s reload || return 1
  until [ "$(in_proxy curl --silent http://127.0.0.1:8090/)" = "web-$1" ]; do
    [ $SECONDS -lt $until ] || return 1
    sleep 0.2
  done
  for _ in 1 2 3; do in_proxy curl --fail --silent --output /dev/null http://127.0.0.1:8080/readyz || return 1; done
}

settled() {
  # ([d]: the search must not find itself.)
  # Until the last process of before the reload has ended, requests of its may be with the other colour.
  local until=$((SECONDS + 130))
  while [ $SECONDS -lt $until ] && in_proxy sh -c 'grep -qs "shutting [d]own" /proc/[0-9]*/cmdline'; do sleep 0.5; done
}

remove() {
  [ $# -eq 0 ] || { docker stop "$@" >/dev/null; docker rm --volumes "$@" >/dev/null; }
}

give_up() {
  trap - INT TERM HUP
  say "$* The release that ran goes on."
  if [ -n "${switched:-}" ]; then lead_to "$colour" || say "The way back to $colour failed: look at the proxy."; settled; fi
  if [ -n "${worker_changed:-}" ]; then
    with "$old" "$colour" up --detach --no-deps --no-build --scale "worker=$workers" worker >&2 || say "The worker did not come back."
  fi
  # shellcheck disable=SC2046  # ids, one a line
  remove $(comm -13 <(echo "$before") <(containers web))
  say "Rolled back to $old."
  exit 1
}

[ $# -eq 1 ] && [ -n "$1" ] || usage
case $1 in
  --back) image=$(setting TIDEGATE_PREVIOUS_IMAGE); [ -n "$image" ] || fail "No deployment came before: .env names no TIDEGATE_PREVIOUS_IMAGE." ;;
  -*) usage ;;
  *) image=$1 ;;
esac
exec 9>"$(dirname "$LIVE")/.lock"
flock --nonblock 9 || fail "Another deployment is under way."

before=$(containers web)
[ -n "$before" ] || fail "Nothing runs here yet. Begin with: docker compose up --detach --wait"
in_proxy nginx -v >/dev/null 2>&1 || fail "The proxy is not Nginx: with Traefik, take the image up with compose."
docker image inspect "$image" >/dev/null 2>&1 || docker pull --quiet "$image" >&2 || fail "There is no image $image."
new=$(exact "$image")
first=$(head -n 1 <<<"$before")
old=$(exact "$(docker inspect --format '{{.Image}}' "$first")")
colour=blue
[ ! -f "$LIVE" ] || colour=$(sed -n 's/.*web-\(.*\);$/\1/p' "$LIVE")
next=$([ "$colour" = blue ] && echo green || echo blue)
replicas=$(wc -l <<<"$before")
workers=$(docker compose ps --quiet worker | wc -l)
say "From $old ($colour) to $new ($next), $replicas web, $workers worker."

trap 'give_up "Interrupted."' INT TERM HUP
with "$new" "$next" up --detach --no-build migrate >&2 && [ "$(docker wait "$(docker compose ps --all --quiet migrate)")" = 0 ] ||
  give_up "The schema could not be brought to the new release: $(docker compose logs --no-log-prefix --tail 5 migrate)"
with "$new" "$next" up --detach --no-build --no-recreate --scale "worker=$workers" --scale "web=$((2 * replicas))" web >&2 ||
  give_up "The new release could not be started."
for id in $(comm -13 <(echo "$before") <(containers web)); do
  healthy "$id" || give_up "The new release does not get healthy."
done
switched=yes
lead_to "$next" || give_up "The new release does not answer through the proxy."
say "Callers are with the new release."
if [ "$workers" -gt 0 ]; then
  worker_changed=yes
  with "$new" "$next" up --detach --no-build --wait --wait-timeout "$PATIENCE" --scale "worker=$workers" worker >&2 ||
    give_up "The new worker does not get healthy."
fi
trap - INT TERM HUP
write_settings "$new" "$next" "$old"
settled
# shellcheck disable=SC2086  # ids, one a line
remove $before
say "Done: $new runs. Back with: scripts/deploy.sh --back"
